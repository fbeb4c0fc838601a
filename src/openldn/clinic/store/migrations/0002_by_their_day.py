"""Lists of the day ask for plans by their end and for what is due, and not done, by its day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="due",
            index=models.Index(fields=["done_at", "on"], name="store_due_done_at_501594_idx"),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["state", "ends"], name="store_plan_state_e65d51_idx"),
        ),
    ]
