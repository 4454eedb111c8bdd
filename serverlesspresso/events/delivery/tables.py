"""Rows of values as a table within a statement."""

from collections.abc import Sequence

from django.db import connection


def of(rows: Sequence[tuple], name: str, *types: str) -> tuple[str, list]:
    """What stands after FROM, and its values. The columns are called column1, column2 and so on, as both
    databases call those of VALUES.

    On PostgreSQL the text is the same for any number of rows, so that drivers and statistics recognise it.
    """
    if connection.vendor != "postgresql":
        row = f"({', '.join(['%s'] * len(types))})"
        return f"(VALUES {', '.join([row] * len(rows))}) AS {name}", [value for row in rows for value in row]
    arrays = ", ".join(f"%s::{each}[]" for each in types)
    columns = ", ".join(f"column{number}" for number in range(1, len(types) + 1))
    return f"unnest({arrays}) AS {name} ({columns})", [list(column) for column in zip(*rows, strict=True)]
