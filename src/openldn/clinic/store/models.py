"""Rows. Values of the core are kept as the JSON that the command line prints (`convert`)."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar, cast

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from openldn.knowledge.schema import COUNTRIES, Country
from openldn.plan.changes import Move
from openldn.plan.weaning.changes import Move as TaperMove


class Role(models.TextChoices):
    """Who somebody is to a clinic."""

    PRESCRIBER = "prescriber"
    PHARMACIST = "pharmacist"
    PATIENT = "patient"
    RESEARCHER = "researcher"
    ADMINISTRATOR = "administrator"


class Clinic(models.Model):
    """A clinic: its patients are nobody else's."""

    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, choices=[(c, c) for c in COUNTRIES], blank=True)
    language = models.CharField(max_length=10, default="en")
    address = models.CharField(max_length=300, blank=True)
    """Of its pharmacy, as it stands on labels."""
    zone = models.CharField(max_length=60, default="UTC")
    stock = models.TextField(blank=True)
    """The products of its pharmacy (YAML, docs/how-to/stock.md); empty: those that are assumed."""
    demonstrated_on = models.DateField(null=True, blank=True)
    """The day in a demonstration; a clinic without it has real patients."""

    @property
    def where(self) -> Country | None:
        """The country whose labels count; None: the strictest of all."""
        return cast(Country, self.country) if self.country else None

    @property
    def is_demonstration(self) -> bool:
        """Whether all patients are invented."""
        return self.demonstrated_on is not None

    def __str__(self) -> str:
        return self.name


def new_number() -> str:
    """A patient's number: without meaning, so that it may stand in an address."""
    return f"{secrets.randbelow(10**8):08d}"


class Patient(models.Model):
    """Who a record is about."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="patients")
    number = models.CharField(max_length=20, unique=True, default=new_number)
    given = models.CharField(max_length=100)
    family = models.CharField(max_length=100)
    born = models.DateField()
    indication = models.CharField(max_length=100, blank=True)
    """The condition to be treated, by id; empty: not named."""
    registered_at = models.DateTimeField(auto_now_add=True)
    reviewed_on = models.DateField(null=True, blank=True)
    """The day on which the diary was looked at last: each day once, whether or not anybody writes."""

    class Meta:
        """Searched by name."""

        indexes: ClassVar = [models.Index(fields=["clinic", "family", "given"])]

    @property
    def name(self) -> str:
        """As it is written on a page."""
        return f"{self.given} {self.family}"

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class Accounts(BaseUserManager["Account"]):
    """Accounts by e-mail address."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account of an address, however it is capitalised."""
        return self.get(email__iexact=username)


class Account(AbstractBaseUser):
    """Somebody who signs in. A patient's account belongs to one patient."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=Role.choices)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="accounts")
    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="account"
    )
    is_active = models.BooleanField(default=True)

    objects = Accounts()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """A patient's account has a patient, and no other has."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(role=Role.PATIENT, patient__isnull=False)
                | (~models.Q(role=Role.PATIENT) & models.Q(patient__isnull=True)),
                name="patient_accounts_have_a_patient",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class Invitation(models.Model):
    """The printed way to a first password, or to a new one: used once, until a day."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the secret on paper, which is kept nowhere."""
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class RecordFile(models.Model):
    """A FHIR record as it was brought; the newest one counts."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="record_files")
    name = models.CharField(max_length=200)
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    imported_at = models.DateTimeField(auto_now_add=True)
    imported_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class Interview(models.Model):
    """Answers of an interview, as `openldn screen --interview` reads them; the newest one counts."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="interviews")
    held = models.DateField()
    fields = models.JSONField()
    saved_at = models.DateTimeField(auto_now_add=True)
    saved_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class Statement(models.Model):
    """A prescriber's word that a recorded order ended on a day."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="statements")
    drug = models.CharField(max_length=200)
    ended = models.DateField()
    stated = models.DateField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class SettingAside(models.Model):
    """A prescriber's override of one rule's reason, until a day."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="settings_aside")
    rule = models.CharField(max_length=100)
    reason = models.TextField()
    until = models.DateField()
    made_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class Snapshot(models.Model):
    """All knowledge files as they were when something was decided."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    archive = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)


class Kind(models.TextChoices):
    """What a decision answers."""

    SCREENING = "screening"
    PLAN = "plan"
    REVIEW = "review"
    TAPER = "taper"
    TAPER_REVIEW = "taper review"


class Decision(models.Model):
    """An answer of the core with all that it was made from, so that it can be made again."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    as_of = models.DateField()
    word = models.CharField(max_length=40)
    """In short: the verdict, the plan's number, the move."""
    inputs = models.JSONField()
    answer = models.JSONField()
    sha256 = models.CharField(max_length=64)
    """Over inputs and answer: what the audit trail holds of them."""
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=20)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True)
    """None: a standing rule, on its own."""

    class Meta:
        """The newest of a kind is asked for."""

        indexes: ClassVar = [models.Index(fields=["patient", "kind", "-id"])]


class PlanState(models.TextChoices):
    """How far a plan has come."""

    DRAFT = "draft"
    SIGNED = "signed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Plan(models.Model):
    """A plan as `openldn plan --json` prints it; one at most is signed and not replaced."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="plans")
    number = models.CharField(max_length=40)
    fields = models.JSONField()
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="plans")
    state = models.CharField(max_length=20, choices=PlanState.choices, default=PlanState.DRAFT)
    began = models.DateField()
    """The day of the first dose, of this plan or of one before it."""
    starts = models.DateField()
    ends = models.DateField()
    supply_until = models.DateField(null=True, blank=True)
    """The last day on which what was dispensed may be used."""
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        """One plan in force a patient, and one draft."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(state=PlanState.SIGNED), name="one_plan_in_force"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(state=PlanState.DRAFT), name="one_draft_of_a_plan"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[PlanState.DRAFT, PlanState.WITHDRAWN])
                | models.Q(signed_at__isnull=False, signed_by__isnull=False),
                name="plans_in_force_are_signed",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "ends"])]


class Due(models.Model):
    """What a signed plan calls for on a day: a test, a review, new supply."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="dues")
    on = models.DateField(db_index=True)
    kind = models.CharField(max_length=20)
    what = models.TextField()
    rule = models.CharField(max_length=100)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        """What is not done is asked for by its day."""

        indexes: ClassVar = [models.Index(fields=["done_at", "on"])]


class DiaryEntry(models.Model):
    """What was written for a day and slot; a correction is a new row, and the newest one counts."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="diary_entries")
    day = models.DateField()
    slot = models.CharField(max_length=10, blank=True)
    fields = models.JSONField()
    """Text by column, as `openldn review` reads a diary."""
    key = models.UUIDField(unique=True)
    """Made where it was written, so that what is sent twice is kept once."""
    written_at = models.DateTimeField(auto_now_add=True)
    written_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Read by patient and day."""

        indexes: ClassVar = [models.Index(fields=["patient", "day"])]


class ProposalState(models.TextChoices):
    """What became of a proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    REFUSED = "refused"
    CARRIED_OUT = "carried out"
    """Nobody has to answer: a planned rise waits."""
    OVERTAKEN = "overtaken"


def _answers_have_a_name(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(state__in=[ProposalState.OPEN, ProposalState.CARRIED_OUT, ProposalState.OVERTAKEN])
        | models.Q(answered_by__isnull=False, answered_at__isnull=False),
        name=name,
    )


class Answerable(models.Model):
    """What a review asks for, until somebody answers by name.

    `tells_patient`: it has reached the patient already: to answer it is to acknowledge it.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="%(class)ss")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="%(class)s")
    rule = models.CharField(max_length=100)
    says = models.TextField()
    tells_patient = models.BooleanField()
    soon = models.BooleanField()
    state = models.CharField(max_length=20, choices=ProposalState.choices, default=ProposalState.OPEN)
    made_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        """No table of its own."""

        abstract = True


class Proposal(Answerable):
    """What a review of a plan asks for."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="proposals")
    move = models.CharField(max_length=20, choices=[(m.value, m.value) for m in Move])

    class Meta:
        """An answer has a name; what waits is asked for all the time."""

        constraints: ClassVar = [_answers_have_a_name("answers_have_a_name")]
        indexes: ClassVar = [models.Index(fields=["state", "patient"])]


class Taper(models.Model):
    """An opioid taper as `openldn wean --json` prints it; one at most is in force a patient.

    What was done since stands in its changes: the fields of a signed taper never change.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="tapers")
    number = models.CharField(max_length=40)
    fields = models.JSONField()
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="tapers")
    state = models.CharField(max_length=20, choices=PlanState.choices, default=PlanState.DRAFT)
    starts = models.DateField()
    settled = models.DateField(null=True, blank=True)
    """Up to this day it is known what was taken."""
    made_at = models.DateTimeField(auto_now_add=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        """One in force a patient, and one draft."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(state=PlanState.SIGNED), name="one_taper_in_force"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(state=PlanState.DRAFT), name="one_draft_of_a_taper"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[PlanState.DRAFT, PlanState.WITHDRAWN])
                | models.Q(signed_at__isnull=False, signed_by__isnull=False),
                name="tapers_in_force_are_signed",
            ),
        ]


class TaperChange(models.Model):
    """What was done to a taper on the morning of a day; rows are only added."""

    taper = models.ForeignKey(Taper, on_delete=models.PROTECT, related_name="changes")
    on = models.DateField()
    move = models.CharField(max_length=20, choices=[(m.value, m.value) for m in TaperMove])
    rule = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """None: a reduction that the plan held already, or a pause that the diary asked for."""
    review = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)


class TaperNotice(Answerable):
    """What a review of a taper asks for."""

    taper = models.ForeignKey(Taper, on_delete=models.PROTECT, related_name="notices")
    move = models.CharField(max_length=20, choices=[(m.value, m.value) for m in TaperMove])

    class Meta:
        """An answer has a name; what waits is asked for all the time."""

        constraints: ClassVar = [_answers_have_a_name("answers_of_tapers_have_a_name")]
        indexes: ClassVar = [models.Index(fields=["state", "patient"])]


class CompoundedBatch(models.Model):
    """A batch that a pharmacy makes, with all that its worksheet is made from."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="batches")
    number = models.CharField(max_length=30, unique=True)
    inputs = models.JSONField()
    answer = models.JSONField()
    """As `openldn compound --json` prints it, before anybody has read anything."""
    formula = models.CharField(max_length=100)
    one = models.BigIntegerField()
    """Nanograms in a capsule or a millilitre."""
    pieces = models.BooleanField()
    amount = models.BigIntegerField()
    """Capsules or nanolitres."""
    made = models.DateField()
    use_until = models.DateField()
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=20)
    begun_at = models.DateTimeField(auto_now_add=True)
    begun_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class BatchReading(models.Model):
    """What somebody read of a batch; a correction is a new row, and the newest of each person counts."""

    batch = models.ForeignKey(CompoundedBatch, on_delete=models.PROTECT, related_name="readings")
    entry = models.CharField(max_length=60)
    text = models.CharField(max_length=100)
    read_at = models.DateTimeField(auto_now_add=True)
    read_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class Release(models.Model):
    """A pharmacist's signature under a batch, or its recall; the newest one counts."""

    batch = models.ForeignKey(CompoundedBatch, on_delete=models.PROTECT, related_name="releases")
    released = models.BooleanField()
    outcome = models.JSONField()
    reason = models.TextField(blank=True)
    signed_at = models.DateTimeField(auto_now_add=True)
    signed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class HandedOut(models.Model):
    """What went over the counter for a plan, or was kept back, with every check."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="handed_out")
    batch = models.ForeignKey(CompoundedBatch, on_delete=models.PROTECT, related_name="handed_out")
    went = models.BooleanField()
    item = models.CharField(max_length=100)
    amount = models.BigIntegerField()
    since = models.DateField()
    until = models.DateField()
    """The last day whose doses are taken from it."""
    on = models.DateField()
    said = models.JSONField()
    """What was asked, scanned and counted."""
    answer = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class LabelPrint(models.Model):
    """A label that was printed; each one after the first has a reason."""

    handed_out = models.ForeignKey(HandedOut, on_delete=models.PROTECT, related_name="prints")
    reason = models.TextField(blank=True)
    fields = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class Wish(models.TextChoices):
    """What a patient may ask for."""

    FORM = "another form", "another form of the medicine"
    TIME = "another time", "another time of day"
    QUESTION = "question", "a question"


class Question(models.Model):
    """What a patient asked the clinic."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="questions")
    about = models.CharField(max_length=20, choices=Wish.choices)
    text = models.TextField(blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )


class Draft(models.Model):
    """A form that somebody has begun, kept at every change until it is sent."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="drafts")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    fields = models.JSONField()
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        """One a person and page."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "patient", "page"], name="one_draft_a_page")
        ]


class AuditLine(models.Model):
    """What was changed or read, by whom; written by triggers, never changed."""

    seq = models.BigAutoField(primary_key=True)
    at = models.CharField(max_length=40)
    actor = models.TextField()
    reason = models.TextField()
    op = models.CharField(max_length=10)
    about = models.TextField()
    """The table."""
    row = models.TextField()
    body = models.TextField()
    """JSON of the row, before and after; secrets and long texts are left out."""

    class Meta:
        """Made by the first migration, with what keeps it unchanged."""

        managed = False
        db_table = "audit"

    def parts(self) -> list[Any]:
        """What is sealed."""
        return [self.seq, self.at, self.actor, self.reason, self.op, self.about, self.row, self.body]


class AuditSeal(models.Model):
    """A link of the chain: a hash over some lines and the link before."""

    id = models.BigAutoField(primary_key=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    previous = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    class Meta:
        """Made by the first migration, with what keeps it unchanged."""

        managed = False
        db_table = "audit_seal"
