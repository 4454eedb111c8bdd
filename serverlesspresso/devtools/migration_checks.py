"""Expand, then contract: migrations the release before can live with (docs/how-to/operate.md).

While a bar is upgraded, old processes work on new tables for a moment, with orders in flight; after a
rollback they do so for longer. So a release may add, and take away only what no code needed since the
release before.
"""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field, ManyToManyField

TAKES_AWAY = (
    operations.RemoveField,
    operations.DeleteModel,
    operations.RenameField,
    operations.RenameModel,
    operations.AlterModelTable,
    operations.AddConstraint,
    operations.AlterUniqueTogether,
)
"""What old code may need, or may not know that it must not do any more."""


def version() -> str:
    """The release that this is, or is going to be."""
    return tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())["project"]["version"]


def all_problems() -> list[str]:
    """What is wrong with the migrations of our own apps: a sentence each."""
    loader = MigrationLoader(None)
    ours = {
        app.label for app in apps.get_app_configs() if Path(app.path).parent in _folders(settings.BASE_DIR)
    }
    return [
        f"{label}.{name}: {problem}"
        for (label, name), migration in sorted(loader.disk_migrations.items())
        if label in ours
        for problem in problems(migration, _before(loader, migration))
    ]


def _folders(root: Path) -> tuple[Path, ...]:
    return root, root / "serverlesspresso", root / "extensions"


def _before(loader: MigrationLoader, migration: Migration) -> ProjectState:
    return loader.project_state((migration.app_label, migration.name), at_end=False)


def problems(migration: Migration, state: ProjectState) -> Iterator[str]:
    """What old code could not live with, given the tables before the migration.

    A migration that takes something away says since which release no code needs it: `contract = "1.2.0"`.
    """
    since = getattr(migration, "contract", None)
    made: set[str] = set()
    for operation in _flat(migration.operations):
        if isinstance(operation, operations.CreateModel):
            made.add(operation.name_lower)
        elif getattr(operation, "model_name_lower", getattr(operation, "name_lower", None)) not in made:
            yield from _of(operation, migration.app_label, state, since)
        operation.state_forwards(migration.app_label, state)


def _flat(each: Iterable[Operation]) -> Iterator[Operation]:
    for operation in each:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _of(operation, label: str, state: ProjectState, since: str | None) -> Iterator[str]:
    said = operation.describe()
    if isinstance(operation, operations.AddField):
        if _must_be_given(operation.field):
            yield f"{said}: old code writes rows without it. Let it be NULL, or give it a db_default."
    elif isinstance(operation, operations.RunPython | operations.RunSQL):
        if not operation.reversible:
            yield f"{said}: it cannot be taken back. Say how, or that nothing need be done."
    elif _takes_away(operation, label, state) and not _was_released(since):
        needed = (
            f"it says contract = {since!r}, which is not before" if since else "it says no `contract`; now is"
        )
        yield f"{said}: old code may need what it takes away; {needed} {version()}."


def _must_be_given(field: Field) -> bool:
    has_column = not isinstance(field, ManyToManyField) and not getattr(field, "generated", False)
    return has_column and not field.null and field.db_default is NOT_PROVIDED


def _takes_away(operation, label: str, state: ProjectState) -> bool:
    if isinstance(operation, operations.AlterField):
        before = state.models[label, operation.model_name_lower].get_field(operation.name)
        return _is_narrower(before, operation.field)
    return isinstance(operation, TAKES_AWAY)


def _is_narrower(before: Field, after: Field) -> bool:
    """Whether a column that fitted may not fit any more, or is called something else."""
    if (before.null and not after.null) or (after.unique and not before.unique):
        return True
    if before.db_column != after.db_column:
        return True
    lengths = getattr(before, "max_length", None), getattr(after, "max_length", None)
    if type(before) is type(after) and all(lengths):
        return lengths[1] < lengths[0]
    if before.is_relation or after.is_relation:
        return type(before) is not type(after) or before.related_model != after.related_model
    return before.db_type(connection) != after.db_type(connection)


def _was_released(since: str | None) -> bool:
    return since is not None and _parts(since) < _parts(version())


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
