"""Fill an empty clinic with invented patients, signed plans and diaries, fast and always the same way.

Some patients (templates) are brought to where they are by the acts of care; all others are copies of them
with a number, a name and a record of their own, so that every row is one that the clinic itself could have
written: a plan has the number that its content gives, and a decision made again gives the same answer
(`--check` looks). What a copy skips: its plan was never a draft, and all rows are of today.

Diaries are written day by day over all patients, as people write them: the rows of one patient do not lie
together. Triggers leave a line of the audit trail for each row, and each block is sealed.

    OPENLDN_VAR=/tmp/clinic .venv/bin/python benchmarks/clinic_data.py --patients 10000 --entries 1000000
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Any, Final, TypeVar

from openldn.clinic import start

start.prepare()

from django.test import Client

from openldn.answers.plan import id_of
from openldn.clinic import again, care, clock
from openldn.clinic.decisions import PlanInputs
from openldn.clinic.store import chain, convert, snapshots
from openldn.clinic.store.acting import acting
from openldn.clinic.store.models import (
    Account,
    AuditLine,
    Clinic,
    Decision,
    DiaryEntry,
    Due,
    Interview,
    Kind,
    Patient,
    Plan,
    Proposal,
    Question,
    RecordFile,
    Role,
    Wish,
)
from openldn.record.interview import Health, Said
from openldn.record.interview import Question as Asked

Row = TypeVar("Row")
ACTOR: Final = "benchmark"
BLOCK: Final = 200
"""Patients that are written in one transaction."""
ROWS: Final = 10_000
"""Entries that are written in one transaction."""
LONGEST: Final = 110
"""Days of a plan (sixteen weeks less a day or two)."""
_GIVEN: Final = (
    "Ada Aino Amir Anton Bea Bruno Carla Chen Dana Edda Elif Emil Fatou Finn Gita Hana Henk Ida Ilya Jana "
    "Jens Kaja Kofi Lena Leo Lior Maja Milo Nadia Nils Olga Omar Pia Piet Rana Rolf Sina Sven Tara Theo "
    "Uma Vera Viktor Wanda Yara Zeno"
)
_FAMILY: Final = (
    "Abel Acker Adler Ahmed Amsel Bach Bauer Becker Berger Bergström Birk Brandt Braun Brook Bruun Cave "
    "Christensen Cohen Cooper Dahl Dale Diaz Ebner Eder Engel Eriksen Falk Fischer Fleming Fox Frost Garcia "
    "Gerber Grant Green Gruber Haas Hagen Hansen Hart Heath Hill Holm Huber Hughes Ito Jensen Jones Kaiser "
    "Keller Khan Kim Klein Koch Kovács Krause Lang Larsen Lee Lind Lopez Lowe Lund Maas Mann Marsh Maurer "
    "Meyer Mills Moore Müller Nagel Nash Nguyen Nilsen Nowak O'Brien Olsen Ortiz Park Patel Pohl Price Quist "
    "Rasmussen Reed Reid Rossi Roth Ruiz Sato Schmidt Schulz Shah Silva Simon Singh Sommer Stein Stone "
    "Strand Suzuki Tanaka Thomas Thorn Vogel Wagner Walsh Weber Weiss West Winter Wolf Wong Wood Young Zeller"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a patient is treated for, and takes besides."""

    conditions: tuple[str, ...]
    drugs: tuple[str, ...]
    sex: str = "female"
    planned: bool = True


PROFILES: Final = (
    Profile(("Fibromyalgia",), ("Naproxen 500 mg tablet",)),
    Profile(("Multiple sclerosis",), ("Vitamin D3 1000 unit capsule",)),
    Profile(("Crohn's disease",), ("Mesalazine 800 mg tablet",), "male"),
    Profile(("Fibromyalgia",), ("Paracetamol 500 mg tablet",)),
    Profile(("Complex regional pain syndrome",), ("Gabapentin 300 mg capsule",), "male"),
    Profile(("Hashimoto thyroiditis",), ("Levothyroxine 75 microgram tablet",)),
    Profile(("Fibromyalgia",), ("Duloxetine 30 mg capsule",), "male"),
    Profile(("Sjogren's syndrome",), ("Hydroxychloroquine 200 mg tablet",)),
    Profile(("Psoriasis",), ("Amlodipine 5 mg tablet",), "male"),
    Profile(
        ("Low back pain",), ("Oxycodone 10 mg tablet", "Omeprazole 20 mg capsule"), "male", planned=False
    ),
)
_CALM, _TROUBLE, _OPIOID, _SILENT, _ASKS = "calm", "trouble", "opioid", "silent", "asks"
_COURSES: Final = (*[_CALM] * 10, _TROUBLE, _CALM, _SILENT, _CALM, _OPIOID, _CALM, _ASKS)
"""How the diaries of templates go, one after the other."""
_WEIGHT: Final = 20
"""Copies of a calm patient to one of any other."""
_PAGES: Final = ("", "record/", "interview/", "screening/", "plan/", "course/")
_OWN_PAGES: Final = ("", "diary/", "painkiller/", "ask/", "plan/", "data/", "data/openldn.json")


@dataclass(slots=True)
class Template:
    """A patient whom the acts of care have brought to where they are, with all rows."""

    patient: Patient
    account: Account
    profile: Profile
    begun: date
    weight: int
    files: list[RecordFile] = field(default_factory=list)
    interviews: list[Interview] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)
    diary: list[DiaryEntry] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def read(self) -> None:
        """All rows as they were written."""
        who = self.patient
        who.refresh_from_db()
        self.files = list(who.record_files.order_by("id"))
        self.interviews = list(who.interviews.order_by("id"))
        self.decisions = list(who.decisions.order_by("id"))
        self.plans = list(who.plans.select_related("decision").order_by("id"))
        self.dues = list(Due.objects.filter(plan__patient=who).order_by("id"))
        self.diary = list(who.diary_entries.order_by("id"))
        self.proposals = list(who.proposals.order_by("id"))
        self.questions = list(who.questions.order_by("id"))


@dataclass(slots=True)
class Copy:
    """A patient like a template, with the keys of the rows that later ones name."""

    like: Template
    patient: Patient
    account: Account
    words: dict[str, str] = field(default_factory=dict)
    """What stands in the template's texts, and what stands in its place: numbers and sums."""
    decisions: dict[int, int] = field(default_factory=dict)
    plans: dict[int, int] = field(default_factory=dict)
    newest: int = 0
    """The newest row of the diary."""

    def put(self, value: Any) -> Any:
        """A value of the template as it is for this patient."""
        text = json.dumps(value, ensure_ascii=False)
        for old, new in self.words.items():
            text = text.replace(old, new)
        return json.loads(text)


class Names:
    """Numbers and names of patients, each number once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def patient(self, clinic: Clinic, born: date, reviewed_on: date | None) -> Patient:
        """A new patient, not yet written."""
        while (number := f"{self._rng.randrange(10**8):08d}") in self._taken:
            pass
        self._taken.add(number)
        return Patient(
            clinic=clinic,
            number=number,
            given=self._rng.choice(_GIVEN.split()),
            family=self._rng.choice(_FAMILY.split()),
            born=born,
            reviewed_on=reviewed_on,
        )


def account_of(patient: Patient) -> Account:
    """The account of a patient, which nobody has opened yet."""
    account = Account(
        clinic=patient.clinic,
        role=Role.PATIENT,
        name=patient.name,
        email=f"{patient.number}@invented.example",
        patient=patient,
    )
    account.set_unusable_password()
    return account


def bundle(patient: Patient, profile: Profile, dated: date) -> str:
    """A FHIR record that was made on a day."""
    subject = {"reference": f"Patient/{patient.number}"}
    ordered = (dated - timedelta(days=60)).isoformat()
    person = {
        "resourceType": "Patient",
        "id": patient.number,
        "name": [{"family": patient.family, "given": [patient.given]}],
        "gender": profile.sex,
        "birthDate": patient.born.isoformat(),
    }
    conditions = [
        {
            "resourceType": "Condition",
            "id": f"condition-{n}",
            "subject": subject,
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"text": text},
        }
        for n, text in enumerate(profile.conditions)
    ]
    drugs = [
        {
            "resourceType": "MedicationRequest",
            "id": f"drug-{n}",
            "subject": subject,
            "status": "active",
            "intent": "order",
            "authoredOn": ordered,
            "medicationCodeableConcept": {"text": text},
        }
        for n, text in enumerate(profile.drugs)
    ]
    return json.dumps(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": f"{dated.isoformat()}T08:00:00Z",
            "entry": [{"resource": r} for r in (person, *conditions, *drugs)],
        }
    )


def interview(by: Account, held: date) -> dict[str, Any]:
    """An interview in which everything is denied."""
    return {
        "held": held.isoformat(),
        "by": by.name,
        "answers": {str(q): str(Said.NO) for q in Asked},
        "health": {str(h): str(Said.NO) for h in Health},
        "no_opioid_since": (held - timedelta(days=90)).isoformat(),
    }


def diary(days: int, begun: date, rows: int, course: str, rng: Random) -> Iterator[dict[str, str]]:
    """Rows of a diary from the first day on: where there are two of a day, the dose was ticked off first."""
    left_out = set(rng.sample(range(days), max(0, days - rows)))
    silent = range(max(0, days - 12), days) if course == _SILENT else range(0)
    times = Counter({n: 1 for n in range(days) if n not in left_out and n not in silent})
    spare = [n for n in times for _ in range(3)]
    times.update(rng.sample(spare, min(len(spare), max(0, rows - len(times)))))
    for n in sorted(times):
        about = {"date": (begun + timedelta(days=n)).isoformat(), "slot": "night"}
        answers = {"symptoms": str(max(2, 7 - n * 5 // LONGEST - rng.randrange(2))), "effects": "none"}
        answers |= {"sleep": str(rng.randrange(2, 5)), "painkiller": "no"}
        if course == _TROUBLE and n >= days - 2:
            answers["effects"] = "stomach-cramps 2"
        elif course == _OPIOID and n == days - 1:
            answers |= {"painkiller": "not named", "painkiller_name": "co-codamol"}
        elif n < 14 and rng.random() < 0.2:
            answers["effects"] = "vivid-dreams 1"
        ticked = {**about, "taken": "late" if rng.random() < 0.03 else "yes"}
        for again_ in range(times[n]):
            if times[n] > 1 and again_ == 0:
                yield ticked
            else:
                # A word more each time: nobody sends the same form twice.
                yield {**ticked, **answers} | ({"note": f"{again_}"} if again_ > 1 else {})


def template(
    n: int, clinic: Clinic, by: Account, names: Names, *, rows: float, as_of: date, rng: Random
) -> Template:
    """A patient by the acts of care: record, interview, screening, plan, signature, diary, review."""
    profile = PROFILES[n % len(PROFILES)]
    course = _COURSES[n % len(_COURSES)]
    days = 5 + (n * 37) % (LONGEST - 4)
    begun = as_of - timedelta(days=days)
    born = date(rng.randrange(1945, 2000), rng.randrange(1, 13), rng.randrange(1, 29))
    patient = names.patient(clinic, born, None)
    with acting(ACTOR, "template"):
        patient.save()
        account = account_of(patient)
        account.save()
        made = Template(patient, account, profile, begun, _WEIGHT if course == _CALM else 1)
        care.import_record(patient, "record.json", bundle(patient, profile, begun), by=by)
        care.keep_interview(patient, interview(by, begun), by=by)
        care.screen(patient, by=by, as_of=begun)
        if profile.planned:
            inputs = PlanInputs(
                screening=convert.screening_inputs(patient, as_of=begun),
                patient=patient.number,
                starts=begun,
                prescriber=by.name,
            )
            care.sign(care.draft_plan(patient, inputs, by=by), by=by, as_of=begun)
            written = diary(days, begun, round(rows * days), course, rng)
            DiaryEntry.objects.bulk_create(_entry(made.patient, account, r, rng) for r in written)
            if course == _ASKS:
                Question.objects.create(
                    patient=patient, about=Wish.QUESTION, text="May I take it in the morning?"
                )
            past = Due.objects.filter(plan__patient=patient, on__lt=as_of)
            if course == _CALM:
                past.update(done_at=clock.now(), done_by=by)
        care.review(patient, by=account, as_of=as_of)
    made.read()
    return made


def _entry(patient: Patient, account: Account, fields: dict[str, str], rng: Random) -> DiaryEntry:
    return DiaryEntry(
        patient=patient,
        day=date.fromisoformat(fields["date"]),
        slot=fields["slot"],
        fields=fields,
        key=uuid.UUID(int=rng.getrandbits(128), version=4),
        written_by=account,
    )


def _blocks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    found = iter(rows)
    while block := list(islice(found, size)):
        yield block


def write_people(copies: list[Copy]) -> None:
    """Patients, accounts, records, interviews, what was decided before the diary, plans, what is due."""
    Patient.objects.bulk_create(c.patient for c in copies)
    Account.objects.bulk_create(c.account for c in copies)
    files, interviews = [], []
    for c in copies:
        c.words[json.dumps(c.like.patient.number)] = json.dumps(c.patient.number)
        for file in c.like.files:
            text = bundle(c.patient, c.like.profile, c.like.begun)
            sha = convert.sha256(text)
            c.words[file.sha256] = sha
            files.append(
                RecordFile(
                    patient=c.patient,
                    name=file.name,
                    content=text,
                    sha256=sha,
                    imported_by_id=file.imported_by_id,
                )
            )
        interviews += [
            Interview(patient=c.patient, held=i.held, fields=i.fields, saved_by_id=i.saved_by_id)
            for i in c.like.interviews
        ]
    RecordFile.objects.bulk_create(files)
    Interview.objects.bulk_create(interviews)
    # A plan's number is part of the answer that it was decided with, so it is known first.
    for c in copies:
        for plan in c.like.plans:
            c.words[plan.number] = id_of(c.put(plan.fields))
    _write_decisions(copies, lambda d: d.kind != Kind.REVIEW)
    _write_plans(copies, lambda d: d.kind != Kind.REVIEW)


def write_diaries(copies: list[Copy], rng: Random) -> int:
    """Each day of all diaries, one after the other; says how many entries."""
    by_day: dict[date, list[tuple[Copy, DiaryEntry]]] = defaultdict(list)
    for c in copies:
        for row in c.like.diary:
            by_day[row.day].append((c, row))
    written = 0
    for day in sorted(by_day):
        for block in _blocks(by_day[day], ROWS):
            with acting(ACTOR, "diaries"):
                made = DiaryEntry.objects.bulk_create(
                    [_entry(c.patient, c.account, row.fields, rng) for c, row in block]
                )
            for (c, _), row in zip(block, made, strict=True):
                c.newest = max(c.newest, row.pk)
            written += len(block)
    return written


def write_reviews(copies: list[Copy]) -> None:
    """What the diaries called for, the plans that it changed, what was asked."""
    _write_decisions(copies, lambda d: d.kind == Kind.REVIEW)
    _write_plans(copies, lambda d: d.kind == Kind.REVIEW)
    Proposal.objects.bulk_create(
        Proposal(
            patient=c.patient,
            plan_id=c.plans[p.plan_id],
            decision_id=c.decisions[p.decision_id],
            rule=p.rule,
            move=p.move,
            says=p.says,
            tells_patient=p.tells_patient,
            soon=p.soon,
            state=p.state,
        )
        for c in copies
        for p in c.like.proposals
    )
    Question.objects.bulk_create(
        Question(patient=c.patient, about=q.about, text=q.text) for c in copies for q in c.like.questions
    )


def _write_decisions(copies: list[Copy], wanted: Callable[[Decision], bool]) -> None:
    rows = [(c, d) for c in copies for d in c.like.decisions if wanted(d)]
    made = Decision.objects.bulk_create([_decision(c, d) for c, d in rows])
    for (c, like), row in zip(rows, made, strict=True):
        c.decisions[like.pk] = row.pk


def _decision(c: Copy, like: Decision) -> Decision:
    inputs, answer = c.put(like.inputs), c.put(like.answer)
    if like.kind == Kind.REVIEW:
        assert like.inputs["entries_until"] == (c.like.diary[-1].pk if c.like.diary else 0)
        inputs |= {"plan": c.plans[like.inputs["plan"]], "entries_until": c.newest}
    made = Decision(
        patient=c.patient,
        kind=like.kind,
        as_of=like.as_of,
        word=c.words.get(like.word, like.word),
        inputs=inputs,
        answer=answer,
        sha256=chain.digest([inputs, answer]),
        snapshot_id=like.snapshot_id,
        version=like.version,
        made_by=c.account if like.made_by_id == c.like.account.pk else None,
    )
    if like.made_by_id not in (None, c.like.account.pk):
        made.made_by_id = like.made_by_id
    return made


def _write_plans(copies: list[Copy], wanted: Callable[[Decision], bool]) -> None:
    rows = [(c, p) for c in copies for p in c.like.plans if wanted(p.decision)]
    made = Plan.objects.bulk_create(
        Plan(
            patient=c.patient,
            number=c.words[like.number],
            fields=c.put(like.fields),
            decision_id=c.decisions[like.decision_id],
            state=like.state,
            began=like.began,
            starts=like.starts,
            ends=like.ends,
            supply_until=like.supply_until,
            follows_id=c.plans[like.follows_id] if like.follows_id else None,
            signed_at=clock.now(),
            signed_by_id=like.signed_by_id,
        )
        for c, like in rows
    )
    for (c, like), row in zip(rows, made, strict=True):
        c.plans[like.pk] = row.pk
    Due.objects.bulk_create(
        Due(
            plan_id=c.plans[like.pk],
            on=d.on,
            kind=d.kind,
            what=d.what,
            rule=d.rule,
            done_at=d.done_at,
            done_by_id=d.done_by_id,
        )
        for c, like in rows
        for d in c.like.dues
        if d.plan_id == like.pk
    )


def fill(patients: int, entries: int, *, prescribers: int, templates: int, as_of: date, rng: Random) -> None:
    """Fill the clinic, and print what each part took."""
    clock_ = Clock()
    with acting(ACTOR, "clinic"):
        clinic = Clinic.objects.create(name="Clinic of invented patients", country="GB")
        doctors = [_staff(clinic, Role.PRESCRIBER, n) for n in range(prescribers)]
        for role in (Role.PHARMACIST, Role.RESEARCHER, Role.ADMINISTRATOR):
            _staff(clinic, role, 0)
    rows, names = rows_a_day(patients, entries, templates), Names(rng)
    found = [
        template(n, clinic, doctors[n % prescribers], names, rows=rows, as_of=as_of, rng=rng)
        for n in range(templates)
    ]
    clock_.says(f"{templates} templates by the acts of care, {rows:.2f} entries a patient and day")
    copies = []
    for like in rng.choices(found, [t.weight for t in found], k=patients - templates):
        who = names.patient(clinic, like.patient.born, like.patient.reviewed_on)
        copies.append(Copy(like, who, account_of(who)))
    for block in _blocks(copies, BLOCK):
        with acting(ACTOR, "people"):
            write_people(block)
    clock_.says(f"{len(copies):,} patients with records, screenings and plans")
    written = write_diaries(copies, rng)
    took = clock_.says(f"{written:,} diary entries")
    print(f"    {written / max(took, 1e-9):,.0f} entries a second, each with a line of the audit trail")
    for block in _blocks(copies, BLOCK):
        with acting(ACTOR, "reviews"):
            write_reviews(block)
    clock_.says("reviews, changed plans, questions")


def _staff(clinic: Clinic, role: Role, n: int) -> Account:
    account = Account(
        clinic=clinic, role=role, name=f"{role.title()} {n}", email=f"{role}{n}@invented.example"
    )
    account.set_unusable_password()
    account.save()
    return account


def rows_a_day(patients: int, entries: int, templates: int) -> float:
    """Entries a patient and day that come to the number wanted."""
    planned = [n for n in range(templates) if PROFILES[n % len(PROFILES)].planned]
    weight = {n: _WEIGHT if _COURSES[n % len(_COURSES)] == _CALM else 1 for n in range(templates)}
    days = sum(weight[n] * (5 + (n * 37) % (LONGEST - 4)) for n in planned) / sum(weight.values())
    return entries / (patients * days)


class Clock:
    """How long each part takes."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def says(self, what: str) -> float:
        """Print what is done and how long it took since the last time."""
        now = time.perf_counter()
        took, self._since = now - self._since, now
        print(f"{took:8.1f} s  {what}", flush=True)
        return took


def check(some: int, rng: Random) -> int:
    """Open pages of some patients and make their decisions again; says how many differed."""
    wrong = 0
    clinic = Clinic.objects.get()
    with acting(ACTOR, "check"):
        prescriber = Client()
        prescriber.force_login(Account.objects.filter(role=Role.PRESCRIBER)[0])
        session = prescriber.session
        session["has_second_factor"] = True
        session.save()
    numbers = list(clinic.patients.order_by("number").values_list("number", flat=True))
    knowledge = snapshots.knowledge_of(snapshots.current())
    pages = 0
    for number in rng.sample(numbers, min(some, len(numbers))):
        who = Patient.objects.get(number=number)
        own = Client()
        with acting(ACTOR, "check"):
            own.force_login(Account.objects.get(patient=who))
        base = f"/prescriber/patients/{number}/"
        asked = [
            (prescriber, base + p) for p in ("", "record/", "interview/", "screening/", "plan/", "course/")
        ]
        asked += [(prescriber, f"{base}plans/{p.pk}/") for p in who.plans.all()]
        asked += [(prescriber, f"{base}proposals/{p.pk}/") for p in who.proposals.all()]
        asked += [
            (own, f"/patient/{p}") for p in ("", "diary/", "plan/", "data/", "data/openldn.json", "ask/")
        ]
        for client, address in asked:
            pages += 1
            status = client.get(address, HTTP_HOST="localhost").status_code
            if status != 200:
                wrong += 1
                print(f"{address}: {status}")
        for decision in who.decisions.select_related("patient__clinic"):
            if again.answer_of(decision, knowledge) != decision.answer:
                wrong += 1
                print(f"{number}, decision {decision.pk} ({decision.kind}): another answer")
            if chain.digest([decision.inputs, decision.answer]) != decision.sha256:
                wrong += 1
                print(f"{number}, decision {decision.pk}: another sum")
    print(f"{pages} pages of {some} patients opened, their decisions made again: {wrong} wrong")
    return wrong


def counted() -> dict[str, int]:
    """What the clinic holds."""
    return {
        "patients": Patient.objects.count(),
        "plans in force": Plan.objects.filter(state="signed").count(),
        "diary entries": DiaryEntry.objects.count(),
        "decisions": Decision.objects.count(),
        "proposals open": Proposal.objects.filter(state="open").count(),
        "audit lines": AuditLine.objects.count(),
    }


def main() -> int:
    """Fill the clinic that OPENLDN_VAR or OPENLDN_DATABASE names."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--patients", type=int, default=10_000)
    options.add_argument("--entries", type=int, default=1_000_000, help="diary entries, about so many")
    options.add_argument("--prescribers", type=int, default=30)
    options.add_argument("--templates", type=int, help="patients by the acts of care; the others are copies")
    options.add_argument("--seed", type=int, default=6, help="the same number, the same patients")
    options.add_argument("--as-of", type=date.fromisoformat, help="the last day; without it today")
    options.add_argument("--check", type=int, default=10, help="patients whose pages are opened at the end")
    given = options.parse_args()
    if not start.is_empty():
        print("there is a clinic already: name an empty folder with OPENLDN_VAR", file=sys.stderr)
        return 2
    rng = Random(given.seed)
    templates = given.templates or min(60, max(17, given.patients // 20))
    templates = min(templates, given.patients)
    as_of = given.as_of or clock.today(Clinic(zone="UTC"))
    fill(
        given.patients,
        given.entries,
        prescribers=given.prescribers,
        templates=templates,
        as_of=as_of,
        rng=rng,
    )
    print(", ".join(f"{number:,} {what}" for what, number in counted().items()))
    return 1 if check(given.check, rng) else 0


if __name__ == "__main__":
    sys.exit(main())
