"""The rules as they stand on the day of the decision, and the one way to make a reason of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Country, Rule
from openldn.quantities import Dose
from openldn.screening.verdict import Limit, Read, Reason


@dataclass(frozen=True, slots=True)
class RulesOn:
    """The rules on `as_of` in `where` (None: the strictest of all countries)."""

    knowledge: Knowledge
    as_of: date
    where: Country | None

    def rule(self, name: str) -> Rule:
        """The rule screening/`name`."""
        return self.knowledge.rule(f"screening/{name}")

    def days(self, name: str, parameter: str) -> int:
        """A whole number of days (or years) of a rule."""
        return self.rule(name).whole(parameter, self.as_of, self.where)

    def number(self, name: str, parameter: str) -> Fraction:
        """An exact number of a rule, in the parameter's unit."""
        return self.rule(name).number(parameter, self.as_of, self.where)

    def numbers(self, name: str, parameter: str) -> tuple[Fraction, ...]:
        """Several exact numbers of a rule."""
        return tuple(map(Fraction, self.rule(name).words(parameter, self.as_of, self.where)))

    def dose(self, name: str, parameter: str) -> Dose:
        """A dose of a rule."""
        (dose,) = self.rule(name).doses(parameter, self.as_of, self.where)
        return dose

    def reason(
        self,
        name: str,
        read: tuple[Read, ...] = (),
        clears_on: date | None = None,
        plan_limit: Limit | None = None,
        **values: str,
    ) -> Reason:
        """A reason of the rule; `values` fill its text."""
        if clears_on is not None:
            values["clears_on"] = clears_on.isoformat()
        rule = self.rule(name)
        return Reason(
            rule, rule.severity_in(self.where), read, tuple(sorted(values.items())), clears_on, plan_limit
        )
