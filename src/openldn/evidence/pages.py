"""What stands on the page of a condition: its studies by kind, its questions, what the guide says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openldn.evidence.syntheses import Answer, answer
from openldn.knowledge.finding_schema import Condition
from openldn.knowledge.guide_schema import Claim
from openldn.knowledge.load import Knowledge
from openldn.knowledge.study_schema import Outcome, Result, Study

ONCOLOGY = "There is no evidence that LDN helps against this cancer, and it must not replace cancer care."


@dataclass(frozen=True, slots=True)
class ConditionPage:
    """Everything about a condition; no study is left out for what it found."""

    condition: Condition
    claims: tuple[Claim, ...]
    """What the guide says of it, and of its studies."""
    trials: tuple[Study, ...]
    """Randomised, with results."""
    others: tuple[Study, ...]
    """In people, compared with nothing by chance."""
    pooled_by_others: tuple[Study, ...]
    without_results: tuple[Study, ...]
    """Running, planned, or announced and never reported."""
    answers: tuple[Answer, ...]
    retracted: frozenset[str]
    """Ids of its studies that are shown and count no more."""

    def counts(self, study: Study) -> bool:
        """Whether a study is evidence of LDN: of its doses, and not retracted."""
        return study.therapy != "naltrexone" and study.id not in self.retracted

    @property
    def studies(self) -> tuple[Study, ...]:
        """All of them."""
        return (*self.trials, *self.others, *self.pooled_by_others, *self.without_results)

    @property
    def doses(self) -> tuple[str, ...]:
        """What was looked at in trials and studies, without what it was compared with."""
        return tuple(
            dict.fromkeys(
                f"{arm.takes}{' (recalled)' if arm.unverified else ''}"
                f"{' (above the doses of LDN)' if study.therapy == 'naltrexone' else ''}"
                for study in (*self.trials, *self.others)
                if study.id not in self.retracted
                for arm in (*study.arms.values(),)[: max(len(study.arms) - 1, 1)]
                if not arm.takes.startswith("placebo")
            )
        )


def page_of(condition: Condition, knowledge: Knowledge) -> ConditionPage:
    """Gather what is known of a condition."""
    own = {*condition.claims}
    names = {*condition.studies, *(s.id for s in knowledge.studies.values() if condition.id in s.conditions)}
    studies = [knowledge.studies[name] for name in sorted(names)]
    results = [s for s in studies if s.stage == "results"]
    return ConditionPage(
        condition,
        tuple(
            claim
            for claim in sorted(knowledge.claims.values(), key=lambda c: (c.id not in own, c.id))
            if claim.id in own or (claim.kind == "evid" and names & {*claim.references})
        ),
        trials=tuple(s for s in results if s.randomised),
        others=tuple(s for s in results if not s.randomised and s.design != "meta-analysis"),
        pooled_by_others=tuple(s for s in results if s.design == "meta-analysis"),
        without_results=tuple(s for s in studies if s.stage != "results"),
        answers=tuple(
            answer(synthesis, knowledge)
            for synthesis in knowledge.syntheses.values()
            if condition.id in synthesis.conditions
        ),
        retracted=frozenset(s.id for s in studies if knowledge.references[s.id].status == "retracted"),
    )


@dataclass(frozen=True, slots=True)
class Gaps:
    """What nobody has shown."""

    without_any_study: tuple[str, ...]
    """Conditions for which no study of LDN in people was found."""
    uncontrolled: tuple[str, ...]
    """Conditions with studies of LDN, but no results of a randomised one."""
    without_results: tuple[Study, ...]
    not_seen: tuple[tuple[str, str], ...]
    """(study, outcome): results whose numbers were recalled, not seen."""
    words_only: tuple[tuple[str, str], ...]
    """(study, outcome): results without a number."""


def gaps(knowledge: Knowledge, condition: str | None = None) -> Gaps:
    """Conditions without studies, studies without results, results without numbers; of all, or of one."""
    chosen = [c for c in knowledge.conditions.values() if condition in (None, c.id)]
    pages = {c.id: page_of(c, knowledge) for c in chosen}
    among = pages[condition].studies if condition else knowledge.studies.values()
    studies = sorted(among, key=lambda s: s.id)
    results = [(s.id, name, r) for s in studies for name, o in s.outcomes.items() for r in o.results]
    bare = [(s, n) for s, n, r in results if r.words and not (r.counts or r.means or r.percent or r.within
            or r.contrast or r.totals or r.printed) and r.basis != "guide"]  # fmt: skip
    ldn = {c: [s for s in page.studies if page.counts(s)] for c, page in pages.items()}
    return Gaps(
        tuple(c for c, found in ldn.items() if not found),
        tuple(c for c, found in ldn.items() if found and not any(s.randomised for s in found if s.outcomes)),
        tuple(s for s in studies if s.stage != "results"),
        tuple(dict.fromkeys((s, n) for s, n, r in results if not r.source.verified)),
        tuple(dict.fromkeys(bare)),
    )


@dataclass(frozen=True, slots=True)
class SideEffect:
    """One side effect: what trials come to, and every result that was printed of it."""

    effect: str
    name: str
    answer: Answer | None
    """Pooled over trials against placebo, where their counts are at hand."""
    results: tuple[tuple[Study, Outcome, Result], ...]

    def of_kind(self, kind: str) -> list[tuple[Study, Outcome, Result]]:
        """Those of a kind of comparison."""
        return [row for row in self.results if kind_of(row[0]) == kind]


KINDS: Final = (
    "LDN beside placebo",
    "LDN compared with nothing",
    "LDN beside another drug",
    "other doses of naltrexone, or beside an opioid",
)


def kind_of(study: Study) -> str:
    """What a study's side effects can tell: those of LDN beside placebo most."""
    beside_placebo, alone, beside_drug, other = KINDS
    if study.therapy != "ldn":
        return other
    last = list(study.arms.values())[-1]
    if len(study.arms) < 2:
        return alone
    return beside_placebo if last.takes.startswith("placebo") else beside_drug


_COUNTED: Final = {
    "any": "any side effect",
    "stopped": "stopped because of side effects",
    "serious": "serious events",
    "dropout": "stopped for any reason",
    "gut": "stomach and bowel as a whole",
}


def side_effects(knowledge: Knowledge) -> tuple[SideEffect, ...]:
    """All side effects of naltrexone that any study counts, randomised studies first."""
    found: dict[str, list[tuple[Study, Outcome, Result]]] = {}
    for study in sorted(knowledge.studies.values(), key=lambda s: (not s.randomised, s.id)):
        for outcome in study.outcomes.values():
            if outcome.effect:
                rows = [(study, outcome, r) for r in outcome.results if r.basis != "guide"]
                found.setdefault(outcome.effect, []).extend(rows)
    answers = {s.effect: answer(s, knowledge) for s in knowledge.syntheses.values() if s.effect}
    order = [*_COUNTED, *sorted(found.keys() - _COUNTED.keys(), key=lambda e: (-len(found[e]), e))]
    return tuple(
        SideEffect(e, _COUNTED.get(e) or knowledge.effects[e].name, answers.get(e), tuple(found[e]))
        for e in order
        if e in found
    )
