"""Visit every state that a diary can lead to, day by day, under every longer look and every signature.

The functions called are those that review a patient: `after_day`, `after_change`, `foremost`. States that are
alike are visited once; what an invariant needs of the past stands beside them in `Watch`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Final, NamedTuple

from openldn.followup.assessment import Assessment, Block, Gap, Operation, Response
from openldn.followup.proposals import Candidate, foremost
from openldn.followup.signs import Day
from openldn.followup.tolerability import Setting, Standing, after_change, after_day, at_start
from openldn.plan.changes import Move
from openldn.proofs.invariants import (
    ANSWERED,
    STANDING,
    Case,
    Invariant,
    Watch,
    alike,
    watch_change,
    watch_day,
    watch_from,
)
from openldn.proofs.symbols import Symbol

DAYS: Final = 182
"""Half a year."""
SINGLE: Final = (
    *(Assessment(response=r) for r in Response),
    *(Assessment(gap=g) for g in Gap),
    *(Assessment(operation=o) for o in Operation),
    *(Assessment(blocks=frozenset({b})) for b in Block),
    Assessment(rise_planned=True),
)
"""Longer looks with one thing out of the ordinary: possible in every state, which can only be too many."""
COMBINED: Final = tuple(
    Assessment(response, gap, operation, frozenset(blocks), planned)
    for response, gap, operation, blocks, planned in product(
        Response, Gap, Operation, ((), tuple(Block)), (False, True)
    )
)
"""Every combination of them, asked of one state for each that the table can tell apart (`told_apart`)."""


class Node(NamedTuple):
    """A state with what the invariants remember."""

    standing: Standing
    watch: Watch


class Answer(NamedTuple):
    """What follow-up answers in a state under some longer looks that the invariants judge alike."""

    assessment: Assessment
    candidate: Candidate
    after: Standing


class Came(NamedTuple):
    """How a node was first reached."""

    before: Node | None
    move: Move | None
    """What was signed, or told as a stop, before the day."""
    symbol: Symbol | None


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, and the shortest history that shows it."""

    invariant: Invariant
    history: tuple[tuple[Move | None, Symbol], ...]
    """What was signed on each morning, and the day that followed."""
    assessment: Assessment
    candidate: Candidate
    standing: Standing


@dataclass(slots=True)
class Exploration:
    """What was visited."""

    states: int = 0
    """Nodes: states of follow-up with what the invariants remember."""
    standings: int = 0
    """States of follow-up alone."""
    transitions: int = 0
    """Days that were followed, those of the same kind and outcome once."""
    answers: int = 0
    """Proposals that were asked for."""
    days: int = 0
    """The day on which the last new state was found."""
    proposed: frozenset[tuple[str, Move]] = frozenset()
    """The rules that were ever proposed."""
    broken: list[Broken] = field(default_factory=list)


def told_apart(standing: Standing) -> Standing:
    """A state of which the table answers alike: it asks of the counts only whether they have run out."""
    return standing._replace(
        due=min(standing.due, 1), wait=min(standing.wait, 1), morning=min(standing.morning, 1)
    )


def _counts(symbol: Symbol) -> tuple[object, ...]:
    """What `Watch` remembers of a day: two that are alike in it need not both be followed."""
    means = symbol.means
    return (True,) if means.red_flag else (means.waits, means.taken)


class Explorer:
    """One patient's setting, explored."""

    def __init__(
        self,
        setting: Setting,
        symbols: tuple[Symbol, ...],
        *,
        combined: bool = True,
        judged_by: Setting | None = None,
    ) -> None:
        """Explore a setting.

        Args:
            setting: what follow-up is told.
            symbols: the kinds of days.
            combined: longer looks with several things out of the ordinary too.
            judged_by: what was signed, where follow-up is told something else on purpose.
        """
        self.setting, self.assessments, self.combined = setting, SINGLE, combined
        self._by_day: dict[Day, list[Symbol]] = {}
        for symbol in symbols:
            self._by_day.setdefault(symbol.day, []).append(symbol)
        self._of_combined: dict[Standing, tuple[tuple[Assessment, Candidate], ...]] = {}
        self.signed = judged_by or setting
        self._answers: dict[Standing, tuple[Answer, ...]] = {}
        self._following: dict[tuple[object, ...], tuple[tuple[Standing, Symbol], ...]] = {}
        self._unhindered: dict[Standing, Answer] = {}
        self._came: dict[Node, Came] = {}
        self.found = Exploration()

    def explore(
        self,
        days: int = DAYS,
        *,
        first_only: bool = False,
        progress: Callable[[int, int], None] = lambda day, states: None,
    ) -> Exploration:
        """Visit what `days` days can lead to.

        Args:
            days: how many.
            first_only: end with the first invariant that is broken.
            progress: told the day and the states so far.
        """
        start = Node(at_start(self.setting), watch_from(self.signed))
        self._came[start] = Came(None, None, None)
        frontier = [start]
        for day in range(days + 1):
            following: list[Node] = []
            for node in frontier:
                self._judge(node)
                if first_only and self.found.broken:
                    return self._counted()
                if day < days:
                    following += self._after(node)
            progress(day, len(self._came))
            if following:
                self.found.days = day + 1
            frontier = following
            if not frontier:
                break
        return self._counted()

    def _counted(self) -> Exploration:
        self.found.states, self.found.standings = len(self._came), len(self._answers)
        rules = {(a.candidate.rule, a.candidate.move) for answers in self._answers.values() for a in answers}
        self.found.proposed = frozenset(rules)
        return self.found

    def answers(self, standing: Standing) -> tuple[Answer, ...]:
        """What is answered in a state: one for all longer looks that are judged alike and answered alike."""
        known = self._answers.get(standing)
        if known is None:
            pairs = [(a, foremost(standing, a, self.setting)) for a in self.assessments]
            self.found.answers += len(pairs)
            distinct = {(alike(a), c.rule, c.move): (a, c) for a, c in (*self._combined(standing), *pairs)}
            known = self._answers[standing] = tuple(
                Answer(a, c, after_change(standing, c.move, self.setting)) for a, c in distinct.values()
            )
        return known

    def _combined(self, standing: Standing) -> Iterable[tuple[Assessment, Candidate]]:
        """The answers to combined longer looks, asked once of all states that the table cannot tell apart."""
        if not self.combined:
            return ()
        key = told_apart(standing)
        known = self._of_combined.get(key)
        if known is None:
            asked = ((a, foremost(key, a, self.setting)) for a in COMBINED)
            distinct = {(alike(a), c.rule, c.move): (a, c) for a, c in asked}
            known = self._of_combined[key] = tuple(distinct.values())
            self.found.answers += len(COMBINED)
        return known

    def _judge(self, node: Node) -> None:
        for answer in self.answers(node.standing):
            case = Case(node.standing, node.watch, *answer[:2], answer.after, self.signed, None)
            for invariant in STANDING:
                if invariant.broken(case):
                    self._note(invariant, node, case, ())

    def _after(self, node: Node) -> Iterator[Node]:
        """Every node of the next day that is new: with what is proposed signed, or not."""
        for move, changed in self._changes(node):
            for standing, symbol in self._days(changed):
                watch = watch_day(changed.watch, symbol, standing, self.signed)
                reached = Node(standing, watch)
                if reached not in self._came:
                    self._came[reached] = Came(node, move, symbol)
                    yield reached

    def _changes(self, node: Node) -> Iterator[tuple[Move | None, Node]]:
        seen = {node}
        moves: dict[Move, Answer] = {}
        for answer in self.answers(node.standing):
            if answer.candidate.move.changes_plan:
                moves.setdefault(answer.candidate.move, answer)
        yield None, node
        for move, answer in moves.items():
            watch = watch_change(
                node.watch, node.standing, move, answer.after, answer.candidate.rule, self.setting
            )
            changed = Node(answer.after, watch)
            if changed not in seen:
                seen.add(changed)
                yield move, changed

    def _days(self, node: Node) -> tuple[tuple[Standing, Symbol], ...]:
        """The states after each kind of day, those that come out alike once; each answer is looked at."""
        watch = node.watch
        key = (node.standing, watch.flagged, watch.ended, watch.halvings, watch.kept)
        known = self._following.get(key)
        if known is None:
            distinct: dict[tuple[object, ...], tuple[Standing, Symbol]] = {}
            for day, symbols in self._by_day.items():
                standing = after_day(node.standing, day, self.setting)
                for symbol in symbols:
                    distinct.setdefault((standing, _counts(symbol)), (standing, symbol))
                    if symbol.means.trouble:
                        self._heard(node, standing, symbol)
            known = self._following[key] = tuple(distinct.values())
        self.found.transitions += len(known)
        return known

    def _heard(self, node: Node, standing: Standing, symbol: Symbol) -> None:
        """Whether the morning after a day answers it, when nothing else decides."""
        free, candidate, after = self._free(standing)
        watch = watch_day(node.watch, symbol, standing, self.signed)
        case = Case(standing, watch, free, candidate, after, self.signed, symbol)
        for invariant in ANSWERED:
            if invariant.broken(case):
                self._note(invariant, node, case, ((None, symbol),))

    def _free(self, standing: Standing) -> Answer:
        """What is answered when nothing but the days decides."""
        known = self._unhindered.get(standing)
        if known is None:
            candidate = foremost(standing, Assessment(), self.setting)
            known = Answer(Assessment(), candidate, after_change(standing, candidate.move, self.setting))
            self._unhindered[standing] = known
        return known

    def _note(
        self, invariant: Invariant, node: Node, case: Case, rest: tuple[tuple[Move | None, Symbol], ...]
    ) -> None:
        """Keep the first history that breaks an invariant, which is a shortest one."""
        if all(b.invariant is not invariant for b in self.found.broken):
            history = (*self._history(node), *rest)
            self.found.broken.append(
                Broken(invariant, history, case.assessment, case.candidate, case.standing)
            )

    def _history(self, node: Node) -> tuple[tuple[Move | None, Symbol], ...]:
        found: list[tuple[Move | None, Symbol]] = []
        came = self._came.get(node)
        while came is not None and came.before is not None and came.symbol is not None:
            found.append((came.move, came.symbol))
            came = self._came.get(came.before)
        return tuple(reversed(found))
