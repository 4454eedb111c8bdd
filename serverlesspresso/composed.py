"""Questions to the database whose text is composed once.

Django composes the SQL of a query anew each time. For those that every click and every screen asks, that
costs more than the database needs to answer: so their text is kept, and only the values in it change.

    _running = Composed(lambda store, now: Code.objects.filter(store=store, ends_at__gt=now))
    _running.first(store.pk, clock.now())
"""

import datetime as dt
import inspect
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery

M = TypeVar("M", bound=models.Model)


class _Blank(models.Expression):
    """Stands for a value while a question is composed."""

    def __init__(self, name: str):
        super().__init__()
        self.name = name

    def as_sql(self, compiler, connection):
        """A placeholder, with the blank itself among the parameters."""
        return "%s", [self]


class _Text(NamedTuple):
    """What was composed: `blanks` says which parameter is which of the values."""

    sql: str
    params: list
    blanks: list[tuple[int, int]]
    converters: dict


class _Shape(NamedTuple):
    """How a row becomes an object, with those beside it."""

    model: type[models.Model]
    columns: slice
    names: list[str]
    populators: list


class _Question:
    """Something to ask, a text for each kind of database. The function's arguments are its blanks."""

    def __init__(self, rows: Callable[..., models.QuerySet]):
        self._rows = rows
        self._names = list(inspect.signature(rows).parameters)
        self._texts: dict[str, _Text] = {}

    def _query(self):
        return self._rows(*map(_Blank, self._names)).query

    def _compose(self, query) -> Any:
        """Keep the text of a query; its compiler, which knows what the columns are."""
        compiler = query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        blanks = [(at, self._names.index(p.name)) for at, p in enumerate(params) if isinstance(p, _Blank)]
        columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(columns)
        self._texts[connection.vendor] = _Text(sql, list(params), blanks, converters)
        return compiler

    def _ask(self, values: tuple) -> list[list]:
        text = self._texts[connection.vendor]
        params = text.params.copy()
        for at, which in text.blanks:
            params[at] = _for_database(values[which])
        with connection.cursor() as cursor:
            cursor.execute(text.sql, params)
            return [_converted(row, text.converters) for row in cursor.fetchall()]


class Composed(_Question, Generic[M]):
    """A look-up of rows, with the related ones that the query set selects along."""

    def __init__(self, rows: Callable[..., models.QuerySet[M]]):
        super().__init__(rows)
        self._shapes: dict[str, _Shape] = {}
        self._locks = False

    def first(self, *values: Any) -> M | None:
        """The first row with these values, None if there is none. Where there may be several, let the query
        set end with `[:1]`.

        Raises TransactionManagementError when the query set locks and no transaction runs.
        """
        found = self.all(*values)
        return found[0] if found else None

    def all(self, *values: Any) -> list[M]:
        """All rows with these values."""
        shape = self._shapes.get(connection.vendor) or self._look()
        if self._locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("a row is locked in a transaction, or not at all")
        return [self._made(shape, row) for row in self._ask(values)]

    def _look(self) -> _Shape:
        query = self._query()
        self._locks = query.select_for_update
        compiler = self._compose(query)
        info, select = compiler.klass_info, compiler.select
        first, last = info["select_fields"][0], info["select_fields"][-1]
        shape = _Shape(
            info["model"],
            slice(first, last + 1),
            [column.target.attname for column, _, _ in select[first : last + 1]],
            get_related_populators(info, select, connection.alias),  # type: ignore[call-arg]
        )
        self._shapes[connection.vendor] = shape
        return shape

    @staticmethod
    def _made(shape: _Shape, row: list) -> M:
        found = shape.model.from_db(connection.alias, shape.names, row[shape.columns])
        for each in shape.populators:
            each.populate(row, found)
        return found  # type: ignore[return-value]


class Columns(_Question):
    """Plain values of rows: for a query set that ends in `values_list`."""

    def all(self, *values: Any) -> list[list]:
        """The values of each row."""
        if connection.vendor not in self._texts:
            self._compose(self._query())
        return self._ask(values)

    def first(self, *values: Any) -> Any:
        """The first value of the first row, None if there is none."""
        found = self.all(*values)
        return found[0][0] if found else None


class Summed(_Question):
    """Counts and other sums over rows."""

    def __init__(self, rows: Callable[..., models.QuerySet], *sums: models.Aggregate):
        super().__init__(rows)
        self._sums = sums or (models.Count("*"),)

    def of(self, *values: Any) -> list:
        """The sums over the rows with these values, in order."""
        if connection.vendor not in self._texts:
            self._look()
        return self._ask(values)[0]

    def count(self, *values: Any) -> int:
        """How many rows there are: the first sum, which is that unless another was asked for."""
        return self.of(*values)[0]

    def _look(self) -> None:
        query = self._query()
        query.clear_ordering(force=True)
        query.clear_select_clause()
        for number, each in enumerate(self._sums):
            query.add_annotation(each, alias=f"sum{number}")
        self._compose(query)


def update_returning(rows: models.QuerySet[M], **values: Any) -> M | None:
    """`rows.update(**values)` for one row at most: the row as it is now, or None if nothing was to change.

    One statement, so that nothing can come between the change and what is read.
    """
    query = rows.query.chain(UpdateQuery)
    query.add_update_values(values)  # type: ignore[attr-defined]
    try:
        sql, params = query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    names, columns, converters = _own(rows.model, connection.vendor)
    with transaction.mark_for_rollback_on_error(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {columns}", params)
        found = cursor.fetchall()
    return rows.model.from_db(connection.alias, names, _converted(found[0], converters)) if found else None


@cache
def _own(model: type[models.Model], _vendor: str) -> tuple[list[str], str, dict]:
    fields = model._meta.concrete_fields
    columns = [field.get_col(model._meta.db_table) for field in fields]
    converters = model.objects.all().query.get_compiler(connection=connection).get_converters(columns)  # type: ignore[attr-defined]
    quoted = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    return [field.attname for field in fields], quoted, converters


def _for_database(value: Any) -> Any:
    """As the database takes it: SQLite has no type for a moment or a day."""
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, dt.date) else value


def _converted(row: Iterable, converters: dict) -> list:
    values = list(row)
    for position, (convert, column) in converters.items():
        for each in convert:
            values[position] = each(values[position], column, connection)
    return values
