from django.db import migrations, models


class Migration(migrations.Migration):
    """Waits, hours and modifiers are not counted any more. The tables stay, for the code of the release before."""

    dependencies = [("metrics", "0001_first")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Counted"),
                migrations.DeleteModel(name="Pending"),
            ],
        ),
        migrations.AlterField(
            model_name="tally",
            name="kind",
            field=models.CharField(
                choices=[("drinks", "drinks made"), ("ends", "how orders ended")], max_length=10
            ),
        ),
    ]
