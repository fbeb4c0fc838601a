"""What in the diary a rule rests on, in words and with its place; shown beside every proposal.

Rules read here: followup/restart-after-gap, diary-holes; the washout of each drug.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from openldn.followup.assessment import Grounds
from openldn.followup.signs import Grades, Sign, blocks, signs_of
from openldn.followup.tolerability import Phase, Setting, Standing
from openldn.knowledge.load import Knowledge
from openldn.plan.changes import Move
from openldn.plan.revision import dose_at
from openldn.plan.steps import Plan
from openldn.quantities import Dose
from openldn.record.diary import Diary, Entry, Slot, Taken
from openldn.screening.verdict import Read

_SIGNS: Final = {
    "withdrawal": (Sign.WITHDRAWAL,),
    "suicidal-thoughts": (Sign.SUICIDAL_THOUGHTS,),
    "liver-signs": (Sign.LIVER_SIGNS,),
    "liver-values": (Sign.LIVER_VALUES,),
    "pregnancy": (Sign.PREGNANT,),
    "opioid-taken": (Sign.OPIOID,),
    "unnamed-painkiller": (Sign.NOT_NAMED,),
    "spasticity": (Sign.SPASTICITY,),
    "flu-like": (Sign.FLU_LIKE,),
    "bowel": (Sign.BOWEL,),
    "bowel-persists": (Sign.BOWEL,),
    "drops": (Sign.BOWEL,),
    "headache-severe": (Sign.SEVERE_HEADACHE,),
    "troublesome": (Sign.TROUBLESOME, Sign.SPASTICITY, Sign.FLU_LIKE),
    "nausea-stays": (Sign.NAUSEA, Sign.NAUSEA_STAYS),
    "nausea": (Sign.NAUSEA,),
    "sleep-stays": (Sign.SLEEP,),
    "sleep": (Sign.SLEEP,),
    "sleep-moved": (Sign.SLEEP,),
    "mood-change": (Sign.MOOD,),
    "thyroid-signs": (Sign.THYROID,),
    "new-medicine": (Sign.NEW_MEDICINE,),
    "more-than-planned": (Sign.MORE_TAKEN,),
    "early-worsening": (Sign.MILDLY_WORSE,),
    "headache": (Sign.HEADACHE,),
    "second-failure": tuple(s for s in Sign if s.troubles),
    "still-troubled": tuple(s for s in Sign if s.troubles),
    "recent-trouble": tuple(s for s in Sign if s.troubles or s in (Sign.HEADACHE, Sign.MILDLY_WORSE)),
}
"""The signs that a rule rests on; the newest day that has one is shown."""
_NOT_RECORDED: Final = "not in the diary"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a rule rests on. `day` and `restart` fill the texts that speak of a new start."""

    what: str
    read: tuple[Read, ...] = ()
    day: str = ""
    restart: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that evidence is taken from."""

    plan: Plan
    diary: Diary
    knowledge: Knowledge
    grades: Grades
    setting: Setting
    standing: Standing
    grounds: Grounds
    dose: Dose | None
    closed: date
    as_of: date

    def of(self, rule: str) -> Evidence:
        """What a rule of follow-up rests on."""
        if rule in _SIGNS:
            return self._of_signs(rule)
        longer = {
            "operation-near": self.grounds.operation,
            "operation-ahead": self.grounds.operation,
            "restart-after-gap": self.grounds.gap,
            "gap-not-known": self.grounds.gap,
            "no-response": self.grounds.response,
            "stop-trial": self.grounds.response,
            "worse-after-rise": self.grounds.response,
            "lowest-dose": self.grounds.response,
            "cannot-judge": self.grounds.response,
            "overdue-test": self.grounds.tests,
            "override-ended": self.grounds.override,
            "diary-dates": self.grounds.dates,
        }
        if rule in longer:
            return Evidence(longer[rule], self.grounds.read, self._last_dose(), self._restart(self.as_of))
        if rule == "diary-holes":
            return self._holes()
        if rule == "nothing-measurable":
            half = dose_at(self.plan, self.standing.rung).base // 2
            return Evidence(f"{Dose(half)}, half of the dose, cannot be measured")
        if rule in ("stays", "ended"):
            return self._kept()
        if rule == "not-begun":
            return Evidence("entries until then are what it is compared with")
        return self._counted()

    @property
    def _slots(self) -> tuple[Slot, ...]:
        return tuple(slot for slot, _ in self.plan.times)

    def _last_dose(self) -> str:
        return self.grounds.last_dose.isoformat() if self.grounds.last_dose else ""

    def _of_signs(self, rule: str) -> Evidence:
        for entries in reversed(list(self.diary.by_day.values())):
            found = tuple(self._hits(entries, _SIGNS[rule]))
            if not found:
                continue
            day = entries[0].day
            words = ", ".join(dict.fromkeys(r.what for r in found))
            if rule != "opioid-taken":
                return Evidence(f"{words} ({day})", found)
            washed = self._after_washout(entries)
            if washed is None:
                return Evidence(
                    f"{words} ({day})", found, "not known before it is named", self._restart(date.max)
                )
            first, prudent = washed
            when = f"{prudent}" if first == prudent else f"{prudent} ({first} at the earliest, with caution)"
            return Evidence(f"{words} ({day})", found, when, self._restart(max(prudent, self.as_of)))
        return Evidence(_NOT_RECORDED)

    def _hits(self, entries: tuple[Entry, ...], signs: tuple[Sign, ...]) -> Iterator[Read]:
        for sign, words in signs_of(entries, self.dose, self._slots, self.grades):
            if sign in signs:
                yield Read(entries[0].where or str(entries[0].day), words)

    def _after_washout(self, entries: tuple[Entry, ...]) -> tuple[date, date] | None:
        """The day after the longest minimum washout of what was named, and after the prudent one."""
        named = [m for e in entries for m in (*e.painkillers, *e.new_medicines) if blocks(m)]
        rows = [n.drug.washout_for(n.form) for m in named for n in m.identity.named if n.drug.blocks_ldn]
        least = [r.minimum for r in rows if r is not None and r.minimum is not None]
        if not rows or len(least) < len(rows):
            return None
        most = [r.minimum if r.prudent is None else r.prudent for r in rows if r is not None]
        day = entries[0].day
        longest = max(m for m in most if m is not None)
        return day + timedelta(days=max(least)), day + timedelta(days=longest)

    def _restart(self, start: date) -> str:
        """The dose of a new start: the same after a short gap, else the start of the ladder."""
        longest = self.knowledge.rule("followup/restart-after-gap").whole("longest", self.as_of)
        taken = [e.day for e in self.diary.entries if e.taken in (Taken.YES, Taken.LATE)]
        if taken and (start - taken[-1]).days <= longest:
            return "at the same dose"
        return f"from the start of the ladder after more than {longest} days without"

    def _holes(self) -> Evidence:
        filled = self.setting.limits.filled
        days = [self.closed - timedelta(days=n) for n in range(filled)]
        holes = [d for d in days if d >= self.plan.began and self._is_hole(d)]
        if not holes:
            return Evidence("questions left open in the last days")
        listed = ", ".join(str(d) for d in reversed(holes))
        return Evidence(f"not filled in: {listed}", tuple(Read(str(d), "not filled in") for d in holes))

    def _is_hole(self, day: date) -> bool:
        return any(s is Sign.HOLE for s, _ in signs_of(self.diary.on(day), None, self._slots, self.grades))

    def _kept(self) -> Evidence:
        kept = (Move.KEEP, Move.BACK_AND_STAY, Move.HALVE, Move.END, Move.STOP, Move.WAIT)
        last = next(c for c in reversed(self.plan.changes) if c.move in kept)
        return Evidence(
            f"{last.move}, from {last.on} ({last.rule})", (Read("plan", f"{last.rule}, {last.on}"),)
        )

    def _counted(self) -> Evidence:
        """Nothing stands against it: what is still to be counted, or that all of it is over."""
        left, wait = self.standing.due, self.standing.wait
        reduced = self.standing.phase is Phase.REDUCED
        if not left and not wait:
            return Evidence(f"{self.setting.limits.filled} days in a row filled in without trouble")
        of = "of the lower dose" if reduced else "to take at this dose"
        to_take = f"{left} more days {of}" if left else ""
        to_fill = f"{wait} more to fill in without trouble" if wait else ""
        return Evidence(", ".join(filter(None, (to_take, to_fill))))
