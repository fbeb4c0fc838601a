"""A model as one definition: linear kinetics, driven turnover, what is shown. Everything else is made of it.

Time is in hours. Linear states move among each other by rates that depend on parameters alone, so they are
carried exactly by a matrix exponential. Turnover states decay to what drives them: y' = rate * (drive - y).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from openldn.pharmacology.expressions import in_order, names_in
from openldn.pharmacology.grid import COARSE, Grades


class Standing(StrEnum):
    """How far an output may be trusted."""

    VALIDATED = "validated"
    EXTRAPOLATED = "extrapolated"
    HYPOTHESIS = "hypothesis"


@dataclass(frozen=True, slots=True)
class Turnover:
    """A state that decays to what drives it; both are expressions, the rate of parameters alone."""

    rate: str
    drive: str
    start: float = 1.0


@dataclass(frozen=True, slots=True)
class Output:
    """What is shown: an expression, its unit, how far it may be trusted inside the validated range."""

    expression: str
    unit: str
    title: str
    standing: Standing
    caveat: str = ""
    """What has to stand beside it wherever it is shown."""


@dataclass(frozen=True, slots=True)
class Model:
    """One definition. `algebra` is evaluated in order after the states; outputs may use all of it."""

    name: str
    parameters: Mapping[str, float]
    linear: Mapping[str, str]
    """Linear state -> its rate of change, linear in the linear states, with coefficients of parameters."""
    turnover: Mapping[str, Turnover]
    algebra: Mapping[str, str]
    outputs: Mapping[str, Output]
    grades: Grades = COARSE
    """How fine the grid is after a dose."""

    @property
    def late(self) -> tuple[bool, ...]:
        """Of each turnover state, whether its drive is made of states alone, without the algebra.

        Within a step such a drive is taken after the others are corrected: it then follows them without lag.
        """
        return tuple(not names_in(t.drive) & set(self.algebra) for t in self.turnover.values())

    def rests_on(self, output: str) -> frozenset[str]:
        """The parameters that can change an output."""
        made_of = {
            **{name: names_in(text) for name, text in (*self.linear.items(), *self.algebra.items())},
            **{name: names_in(t.drive) | names_in(t.rate) for name, t in self.turnover.items()},
        }
        found: set[str] = set()
        ahead = set(names_in(self.outputs[output].expression))
        while ahead:
            name = ahead.pop()
            found.add(name)
            ahead |= made_of.get(name, frozenset()) - found
        return frozenset(found & set(self.parameters))

    def __post_init__(self) -> None:
        parameters, states = set(self.parameters), {*self.linear, *self.turnover}
        for name, text in self.linear.items():
            if unknown := names_in(text) - parameters - set(self.linear):
                raise ValueError(
                    f"{name}': {', '.join(sorted(unknown))} is neither parameter nor linear state"
                )
        for name, turnover in self.turnover.items():
            if unknown := names_in(turnover.rate) - parameters:
                raise ValueError(f"{name}: the rate uses {', '.join(sorted(unknown))}, which is no parameter")
        in_order(dict(self.algebra), parameters | states)
        known = parameters | states | set(self.algebra)
        in_order({f"{n}.drive": t.drive for n, t in self.turnover.items()}, known)
        in_order({f"{n}.shown": o.expression for n, o in self.outputs.items()}, known)
