"""Opioid tapers, what was done to them, and what they ask for."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0002_by_their_day"),
    ]

    operations = [
        migrations.AlterField(
            model_name="decision",
            name="kind",
            field=models.CharField(
                choices=[
                    ("screening", "Screening"),
                    ("plan", "Plan"),
                    ("review", "Review"),
                    ("taper", "Taper"),
                    ("taper review", "Taper Review"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="store.decision"
            ),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="store.patient"
            ),
        ),
        migrations.CreateModel(
            name="Taper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("fields", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("signed", "Signed"),
                            ("replaced", "Replaced"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=20,
                    ),
                ),
                ("starts", models.DateField()),
                ("settled", models.DateField(blank=True, null=True)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tapers",
                        to="store.decision",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tapers", to="store.patient"
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaperChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("hold", "hold"),
                            ("slow", "slow"),
                            ("extend", "extend"),
                            ("go on again", "go on again"),
                            ("wait", "wait"),
                            ("reduce", "reduce"),
                            ("as planned", "as planned"),
                        ],
                        max_length=20,
                    ),
                ),
                ("rule", models.CharField(blank=True, max_length=100)),
                ("review", models.DateField(blank=True, null=True)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "taper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="store.taper"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaperNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=100)),
                ("says", models.TextField()),
                ("tells_patient", models.BooleanField()),
                ("soon", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("changed", "Changed"),
                            ("refused", "Refused"),
                            ("carried out", "Carried Out"),
                            ("overtaken", "Overtaken"),
                        ],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("hold", "hold"),
                            ("slow", "slow"),
                            ("extend", "extend"),
                            ("go on again", "go on again"),
                            ("wait", "wait"),
                            ("reduce", "reduce"),
                            ("as planned", "as planned"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s",
                        to="store.decision",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="store.patient",
                    ),
                ),
                (
                    "taper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="store.taper"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="taper",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "signed")), fields=("patient",), name="one_taper_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="taper",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")), fields=("patient",), name="one_draft_of_a_taper"
            ),
        ),
        migrations.AddConstraint(
            model_name="taper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "withdrawn"]),
                    models.Q(("signed_at__isnull", False), ("signed_by__isnull", False)),
                    _connector="OR",
                ),
                name="tapers_in_force_are_signed",
            ),
        ),
        migrations.AddIndex(
            model_name="tapernotice",
            index=models.Index(fields=["state", "patient"], name="store_taper_state_695154_idx"),
        ),
        migrations.AddConstraint(
            model_name="tapernotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["open", "carried out", "overtaken"]),
                    models.Q(("answered_at__isnull", False), ("answered_by__isnull", False)),
                    _connector="OR",
                ),
                name="answers_of_tapers_have_a_name",
            ),
        ),
    ]
