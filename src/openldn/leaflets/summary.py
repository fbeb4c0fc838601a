"""One page for a prescriber: what the diary says, what is proposed, and what each line of it rests on.

Nothing is decided here. Each line names its place in the diary or its rule, and what is not known is said.

Rules read here: those of the review; followup/no-response for the days of the baseline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from openldn import __version__
from openldn.followup.review import Proposal, Review
from openldn.knowledge.load import Knowledge
from openldn.knowledge.schema import Rule
from openldn.leaflets.course_picture import course_days, course_svg, dose_planned, periods
from openldn.leaflets.findings import MOST_ROWS, effects_of, lines_of, listed, unread
from openldn.leaflets.papers import DISCLAIMER, templates
from openldn.leaflets.wording import dose_text, times_text, with_days
from openldn.plan.changes import Change, Move
from openldn.plan.revision import planned_rises
from openldn.quantities import Dose
from openldn.record.diary import Diary

_USUAL_POINTS: Final = 8
_LARGE_POINTS: Final = 14


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule of the page, how it stands in the literature, and the claims that it is made of."""

    rule: str
    title: str
    status: str
    because: str
    claims: str
    reviewed: str
    """By whom and when; empty: nobody."""


def summary_html(
    answer: Review,
    diary: Diary,
    knowledge: Knowledge,
    *,
    large: bool = False,
    left_out: Sequence[str] = (),
) -> str:
    """The visit summary as an HTML page without any outside file.

    Args:
        answer: the review of the day.
        diary: the one that was reviewed; entries after the day of the review are not shown as findings.
        knowledge: the claims that the rules stand on, and how each stands in the literature.
        large: large type, for readers who need it; then it takes more than a page.
        left_out: what of the diary's file could not be read, each with its place; shown as a gap.
    """
    plan, known = answer.plan, diary.until(answer.as_of)
    days = course_days(answer, known)
    effects = effects_of(known, answer)
    where = plan.verdict.where
    return (
        templates()
        .get_template("summary.html")
        .render(
            plan=plan,
            answer=answer,
            dose=dose_or_nothing,
            read=read_text,
            points=_LARGE_POINTS if large else _USUAL_POINTS,
            sheet="Letter" if where == "US" else "A4",
            version=__version__,
            disclaimer=DISCLAIMER,
            before=dose_planned(plan, answer.closed),
            day_number=(answer.as_of - plan.began).days + 1,
            times=times_text(plan.times),
            picture=Markup(course_svg(days, answer)),  # noqa: S704 - our own drawing
            periods=tuple(periods(days, plan.began)),
            changes=tuple(changes_of(answer)),
            proposal=answer.proposal,
            lines=(*unread(left_out), *lines_of(answer, known, knowledge)),
            effects=effects[:MOST_ROWS],
            more_effects=effects[MOST_ROWS:],
            standings=tuple(standings_of(answer, knowledge)),
            micrograms=where in ("GB", None),
        )
    )


def dose_or_nothing(dose: Dose | None, micrograms_too: bool = False) -> str:
    """A dose, or that nothing is taken."""
    return "nothing" if dose is None else dose_text(dose, micrograms_too=micrograms_too)


def read_text(proposal: Proposal) -> str:
    """What in the diary a proposal rests on: 'line 12: rash, grade 2'."""
    found = [f"{r.where}: {r.what}" for r in proposal.read]
    return with_days(listed(found, "; ")) or "no single entry: all days so far"


def changes_of(answer: Review) -> Iterator[Change]:
    """What was changed so far, with the rises of the plan in force up to now."""
    plan = answer.plan
    yield from plan.changes
    for day in planned_rises(plan):
        if day <= answer.closed:
            yield Change(day, Move.RISE, "followup/rise", dose=plan.step_on(day).dose)


def standings_of(answer: Review, knowledge: Knowledge) -> Iterator[RuleShown]:
    """The rule that is proposed and those that lost, with the claims they are made of."""
    for proposal in (answer.proposal, *answer.lost):
        rule = proposal.rule
        claims = _claims(rule, knowledge)
        yield RuleShown(rule.id, rule.title, str(rule.status), rule.because, claims, rule.reviewed or "")


def _claims(rule: Rule, knowledge: Knowledge) -> str:
    named = (f"{c} ({knowledge.claims[c].status})" for c in rule.claims)
    return ", ".join(named) or "no claim of the guide"
