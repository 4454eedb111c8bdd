"""Migrations that an order in flight survives."""

import shutil

import pytest
from django.core.management import CommandError, call_command
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState

from serverlesspresso.devtools import migration_checks


@pytest.fixture(autouse=True)
def released(monkeypatch):
    monkeypatch.setattr(migration_checks, "version", lambda: "1.10.0")


def found(*operations, contract=None) -> str:
    """What is said about a migration of a bar that has cups."""
    migration = migrations.Migration("0002_change", "bar")
    migration.operations = list(operations)
    if contract:
        migration.contract = contract
    state = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("size", models.IntegerField(null=True)),
        ("name", models.CharField(max_length=20)),
    ]
    state.add_model(ModelState("bar", "Cup", fields))
    return "\n".join(migration_checks.problems(migration, state))


TAKES_AWAY = {
    "a column": migrations.RemoveField("cup", "size"),
    "a table": migrations.DeleteModel("cup"),
    "a column's name": migrations.RenameField("cup", "size", "millilitres"),
    "a table's name": migrations.RenameModel("cup", "Mug"),
    "a table's name only": migrations.AlterModelTable("cup", "mugs"),
    "the right to say nothing": migrations.AlterField("cup", "size", models.IntegerField(default=0)),
    "the right to repeat": migrations.AlterField("cup", "name", models.CharField(max_length=20, unique=True)),
    "room": migrations.AlterField("cup", "name", models.CharField(max_length=10)),
    "a type": migrations.AlterField("cup", "size", models.CharField(null=True, max_length=9)),
    "freedom": migrations.AddConstraint(
        "cup", models.CheckConstraint(condition=models.Q(size__gt=0), name="cup_has_size")
    ),
}


@pytest.mark.parametrize("operation", TAKES_AWAY.values(), ids=TAKES_AWAY)
def test_what_takes_something_away_is_refused_while_the_last_release_may_need_it(operation):
    assert "old code may need what it takes away" in found(operation)
    assert "contract = '1.10.0', which is not before 1.10.0" in found(operation, contract="1.10.0")


@pytest.mark.parametrize("operation", TAKES_AWAY.values(), ids=TAKES_AWAY)
def test_it_is_welcome_once_a_release_did_without(operation):
    assert found(operation, contract="1.9.2") == ""


@pytest.mark.parametrize("contract", [None, "1.0.0"])
def test_a_new_column_that_old_code_would_have_to_fill_is_refused_in_any_case(contract):
    for field in (models.IntegerField(), models.IntegerField(default=1)):  # Django's default, not the table's
        assert "old code writes rows without it" in found(
            migrations.AddField("cup", "sugar", field), contract=contract
        )


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("cup", "sugar", models.IntegerField(null=True)),
        migrations.AddField("cup", "sugar", models.IntegerField(db_default=0)),
        migrations.AddField("cup", "friends", models.ManyToManyField("bar.Cup")),
        migrations.AlterField("cup", "name", models.CharField(max_length=40)),
        migrations.AlterField("cup", "name", models.CharField("name", max_length=20, help_text="on the cup")),
        migrations.AddIndex("cup", models.Index(fields=["name"], name="cup_name")),
        migrations.CreateModel("Spoon", [("id", models.BigAutoField(primary_key=True))]),
        migrations.RunSQL("SELECT 1", migrations.RunSQL.noop),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_only_adds_is_welcome(operation):
    assert found(operation) == ""


def test_a_table_that_is_new_may_be_changed_in_the_same_breath():
    spoon = migrations.CreateModel("Spoon", [("id", models.BigAutoField(primary_key=True))])
    assert found(spoon, migrations.AddField("spoon", "length", models.IntegerField())) == ""


def test_what_cannot_be_taken_back_is_refused():
    assert "cannot be taken back" in found(migrations.RunSQL("SELECT 1"))
    assert "cannot be taken back" in found(migrations.RunPython(lambda apps, editor: None))


def test_what_hides_from_the_state_is_found():
    hidden = migrations.SeparateDatabaseAndState([migrations.RemoveField("cup", "size")])
    assert "Remove field size" in found(hidden)


def test_the_bar_s_own_migrations_hold():
    assert migration_checks.all_problems() == []


BAD = """
from django.db import migrations
class Migration(migrations.Migration):
    dependencies = [("display", "%s")]
    operations = [migrations.RemoveField("hold", "browser")]
"""


def test_the_command_that_ci_runs_refuses_a_bad_migration(settings, tmp_path, monkeypatch):
    package = tmp_path / "bad_migrations"
    shutil.copytree(settings.BASE_DIR / "display" / "migrations", package)
    call_command("checkmigrations")
    latest = max(file.stem for file in package.glob("[0-9]*.py"))
    (package / "9999_bad.py").write_text(BAD % latest)
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"display": "bad_migrations"}
    with pytest.raises(CommandError, match=r"display.9999_bad: Remove field browser from hold: old code"):
        call_command("checkmigrations")
