"""Prepared queries: ordinary query sets whose SQL is compiled once.

Django compiles the SQL of a query anew each time. For the queries of every click and every screen that costs
more than the database needs to answer. So their SQL is kept, and only the values in it change.

    _running = PreparedQuery(lambda store, now: Code.objects.filter(store=store, ends_at__gt=now))
    _running.first(store.pk, clock.now())
"""

import datetime as dt
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection, models, transaction
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


class Placeholder(models.Expression):
    """Stands for a value while a query is compiled; `place` says for which one."""

    def __init__(self, place: int):
        super().__init__()
        self.place = place

    def as_sql(self, compiler, connection):
        """A parameter, whose value is this placeholder for now."""
        return "%s", [self]


class SqlText(NamedTuple):
    """Compiled SQL. `blanks` says which of the values each open parameter takes."""

    sql: str
    params: list
    blanks: list[tuple[int, int]]

    def filled(self, values: Sequence) -> list:
        """The parameters with these values."""
        params = self.params.copy()
        for at, which in self.blanks:
            params[at] = _for_database(values[which])
        return params


def text_of(sql: str, params: Iterable) -> SqlText:
    """SQL that was compiled with placeholders among its parameters."""
    found = list(params)
    return SqlText(sql, found, [(at, p.place) for at, p in enumerate(found) if isinstance(p, Placeholder)])


class _Shape(NamedTuple):
    """How a row becomes an object, with its related ones."""

    model: type[models.Model]
    columns: slice
    names: list[str]
    populators: list


class _Prepared:
    """A query with its SQL for each kind of database. The function's arguments are its values; where their
    number varies, `places` says how many."""

    def __init__(self, rows: Callable[..., models.QuerySet], places: int | None = None):
        self._rows = rows
        self._places = len(inspect.signature(rows).parameters) if places is None else places
        self._texts: dict[str, tuple[SqlText, dict]] = {}

    def _query(self):
        return self._rows(*map(Placeholder, range(self._places))).query

    def _compose(self, query) -> Any:
        """Keep a query's SQL; returns its compiler, which knows the columns."""
        compiler = query.get_compiler(connection=connection)
        text = text_of(*compiler.as_sql())
        columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
        self._texts[connection.vendor] = text, compiler.get_converters(columns)
        return compiler

    def _ask(self, values: tuple) -> list[list]:
        text, converters = self._texts[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(text.sql, text.filled(values))
            return [converted(row, converters) for row in cursor.fetchall()]


class PreparedQuery(_Prepared, Generic[M]):
    """Rows as objects, with the related ones that the query set selects."""

    def __init__(self, rows: Callable[..., models.QuerySet[M]], places: int | None = None):
        super().__init__(rows, places)
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
        """All rows with these values; none for a text with NUL, which PostgreSQL refuses to be asked for."""
        if any(isinstance(value, str) and "\0" in value for value in values):
            return []
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


class PreparedValues(_Prepared):
    """Plain values of rows: for a query set that ends in `values_list`."""

    def all(self, *values: Any) -> list[list]:
        """The values of each row."""
        if connection.vendor not in self._texts:
            self._compose(self._query())
        return self._ask(values)

    def flat(self, *values: Any) -> list:
        """The first value of each row."""
        return [row[0] for row in self.all(*values)]

    def first(self, *values: Any) -> Any:
        """The first value of the first row, None if there is none."""
        return next(iter(self.flat(*values)), None)


class PreparedCount(_Prepared):
    """Counts and other sums over rows."""

    def __init__(
        self, rows: Callable[..., models.QuerySet], *sums: models.Aggregate, places: int | None = None
    ):
        super().__init__(rows, places)
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


def _for_database(value: Any) -> Any:
    """As the database takes it: SQLite has no type for a moment or a day."""
    if isinstance(value, models.Choices):
        return value.value
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, dt.date) else value


def converted(row: Iterable, converters: dict) -> list:
    """A row's values as the model's fields want them."""
    values = list(row)
    for position, (convert, column) in converters.items():
        for each in convert:
            values[position] = each(values[position], column, connection)
    return values
