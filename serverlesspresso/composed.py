"""Questions to the database whose text is composed once.

Django composes the SQL of a query anew each time. For the few wide ones that every click asks, that costs
more than the database needs to answer: so their text is kept, and only the value in it changes.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery

M = TypeVar("M", bound=models.Model)
_ANY = 987_654_321
"""Stands for the value while a question is composed: a number, and for columns of text its digits."""


class _Text(NamedTuple):
    sql: str
    params: tuple
    at: int
    model: type[models.Model]
    columns: slice
    names: list[str]
    converters: dict
    populators: list


class Composed(Generic[M]):
    """A look-up of one row by one value, with the related rows that the query set selects along."""

    def __init__(self, rows: Callable[[], models.QuerySet[M]], by: str):
        self._rows, self._by = rows, by
        self._texts: dict[str, _Text] = {}
        self._locks = False

    def first(self, value: int | str) -> M | None:
        """The row with that value, None if there is none.

        Raises TransactionManagementError when the query set locks and no transaction runs.
        """
        text = self._texts.get(connection.vendor) or self._compose()
        if self._locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("a row is locked in a transaction, or not at all")
        with connection.cursor() as cursor:
            cursor.execute(text.sql, (*text.params[: text.at], value, *text.params[text.at + 1 :]))
            row = cursor.fetchone()
        if row is None:
            return None
        row = _converted(row, text.converters)
        found = text.model.from_db(connection.alias, text.names, row[text.columns])
        for each in text.populators:
            each.populate(row, found)
        return found  # type: ignore[return-value]

    def _compose(self) -> _Text:
        query = self._rows().filter(**{self._by: _ANY}).order_by().query
        self._locks = query.select_for_update
        compiler = query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        info, select = compiler.klass_info, compiler.select
        first, last = info["select_fields"][0], info["select_fields"][-1]
        self._texts[connection.vendor] = text = _Text(
            sql,
            tuple(params),
            [str(each) for each in params].index(str(_ANY)),
            info["model"],
            slice(first, last + 1),
            [column.target.attname for column, _, _ in select[first : last + 1]],
            compiler.get_converters([column for column, _, _ in select[: compiler.col_count]]),
            get_related_populators(info, select, connection.alias),  # type: ignore[call-arg]
        )
        return text


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


def _converted(row: Iterable, converters: dict) -> list:
    values = list(row)
    for position, (convert, column) in converters.items():
        for each in convert:
            values[position] = each(values[position], column, connection)
    return values
