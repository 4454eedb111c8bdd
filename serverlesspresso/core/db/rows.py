"""Rows that every click writes or asks for, under conditions that depend on who clicks.

Django composes the SQL of each `filter`, `update` and `create` anew, which costs more than the database needs
to carry it out. Here the text is kept for each *shape* of a condition: its fields, signs and constants (None,
True, False, lists), without the values in it. An expression is part of the shape: one that is made once, at
the top of a module, is not looked through at each call.

    rows.change(Order, Q(pk=order.pk, status=Status.READY, deadline_at__gt=now), status=Status.COLLECTED)
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count as counting
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.sql import UpdateQuery

from .prepared import Placeholder, PreparedCount, PreparedQuery, SqlText, converted, text_of

M = TypeVar("M", bound=models.Model)
_MOST = 500
"""So many shapes are kept of each kind, those used last."""
_VALUE = "?"
"""Stands in a shape for a value."""


class _Own(NamedTuple):
    """A model's own columns."""

    names: list[str]
    quoted: str
    converters: dict


def add(model: type[M], **values: Any) -> M:
    """`model.objects.create(**values)`, for models without a signal or a `save` of their own."""
    made = model(**values)
    fields, sql = _insert(connection.vendor, model)
    params = [field.get_db_prep_save(field.pre_save(made, add=True), connection) for field in fields]
    with _carried_out(sql, params) as cursor:
        if model._meta.auto_field:
            made.pk = cursor.fetchone()[0]
    made._state.adding, made._state.db = False, connection.alias  # noqa: SLF001  (as Django's `create` does)
    return made


def change(model: type[M], where: Q, **values: Any) -> M | None:
    """Change one row at most: the row as it is now, or None if there was none like that.

    One statement, so that nothing can come between the change and what is read.
    """
    text, params = _update(model, where, values, returns=True)
    if text is None:
        return None
    with _carried_out(text.sql, params) as cursor:
        found = cursor.fetchall()
    own = _own(connection.vendor, model)
    return model.from_db(connection.alias, own.names, converted(found[0], own.converters)) if found else None


def change_all(model: type[M], where: Q, **values: Any) -> int:
    """Change all rows like that; how many there were."""
    text, params = _update(model, where, values, returns=False)
    if text is None:
        return 0
    with _carried_out(text.sql, params) as cursor:
        return cursor.rowcount


@contextmanager
def _carried_out(sql: str, params: list) -> Iterator:
    """A cursor that has carried out a change; whatever it raises undoes the transaction, as with the ORM."""
    with transaction.mark_for_rollback_on_error(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(sql, params)
        yield cursor


def count(model: type[M], where: Q) -> int:
    """How many rows are like that."""
    values: list = []
    shape = _shape(where, values)
    try:
        return _counted(model, shape, len(values)).count(*values)
    except EmptyResultSet:
        return 0


def first(model: type[M], where: Q, by: str = "pk", beside: tuple[str, ...] = ()) -> M | None:
    """The row like that with the greatest `by`, and those `beside` it; None if there is none."""
    return next(iter(newest(model, where, by, beside)), None)


def newest(model: type[M], where: Q, by: str, beside: tuple[str, ...] = (), most: int = 1) -> list[M]:
    """The rows like that with the greatest `by`, so many at most, with those `beside` them."""
    values: list = []
    shape = _shape(where, values)
    try:
        return _newest(model, shape, len(values), _Order(by, most, beside)).all(*values)
    except EmptyResultSet:
        return []


# -- shapes ----------------------------------------------------------------------------------------


def _shape(part: Any, values: list) -> Hashable:
    """The shape of a condition; the values are added to the list, in the order of their places."""
    if isinstance(part, Q):
        return (part.connector, part.negated, tuple([_shape(each, values) for each in part.children]))
    name, value = part
    if isinstance(value, list | tuple | set | frozenset):
        return (name, tuple(value))
    if value is None or isinstance(value, bool) or hasattr(value, "resolve_expression"):
        return (name, value)
    values.append(value.pk if isinstance(value, models.Model) else value)
    return (name, _VALUE)


def _rebuilt(shape: Any, blanks: Iterator) -> Q | tuple[str, Any]:
    """The condition of a shape, with these in the places of values."""
    if len(shape) == 2:
        name, value = shape
        return (name, next(blanks) if value is _VALUE else value)
    connector, negated, children = shape
    parts = [_rebuilt(each, blanks) for each in children]
    return Q(*parts, _connector=connector, _negated=negated)


# -- texts -----------------------------------------------------------------------------------------


def _update(model: type[M], where: Q, values: dict, *, returns: bool) -> tuple[SqlText | None, list]:
    given: list = []
    shape = _shape(where, given)
    sets = []
    for name, value in values.items():
        if hasattr(value, "resolve_expression"):
            sets.append((name, value))
            continue
        sets.append((name, _VALUE))
        plain = value.pk if isinstance(value, models.Model) else value
        given.append(model._meta.get_field(name).get_db_prep_save(plain, connection))
    text = _updating(connection.vendor, model, shape, tuple(sets), returns)
    return text, text.filled(given) if text else []


@lru_cache(_MOST)
def _updating(vendor: str, model: type[M], shape: Hashable, sets: tuple, returns: bool) -> SqlText | None:
    blanks = map(Placeholder, counting())
    query = _like(model, shape, blanks).query.chain(UpdateQuery)
    wanted = {name: next(blanks) if value is _VALUE else value for name, value in sets}
    query.add_update_values(wanted)  # type: ignore[attr-defined]
    try:
        sql, params = query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return text_of(f"{sql} RETURNING {_own(vendor, model).quoted}" if returns else sql, params)


@lru_cache(_MOST)
def _insert(_vendor: str, model: type[M]) -> tuple[list, str]:
    automatic = model._meta.auto_field
    fields = [field for field in model._meta.concrete_fields if field is not automatic]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608  (names only)
    return fields, sql + (f" RETURNING {quote(str(automatic.column))}" if automatic else "")


@lru_cache(_MOST)
def _own(_vendor: str, model: type[M]) -> _Own:
    fields = model._meta.concrete_fields
    columns = [field.get_col(model._meta.db_table) for field in fields]
    compiler = model.objects.all().query.get_compiler(connection=connection)  # type: ignore[attr-defined]
    converters = compiler.get_converters(columns)
    quoted = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    return _Own([field.attname for field in fields], quoted, converters)


@lru_cache(_MOST)
def _counted(model: type[M], shape: Hashable, places: int) -> PreparedCount:
    return PreparedCount(lambda *blanks: _like(model, shape, iter(blanks)), places=places)


class _Order(NamedTuple):
    """In which order rows are wanted, so many at most, with whom beside them."""

    by: str
    most: int
    beside: tuple[str, ...]


@lru_cache(_MOST)
def _newest(model: type[M], shape: Hashable, places: int, order: _Order) -> PreparedQuery[M]:
    def rows(*blanks):
        found = _like(model, shape, iter(blanks)).order_by(f"-{order.by}")[: order.most]
        return found.select_related(*order.beside) if order.beside else found

    return PreparedQuery(rows, places=places)


def _like(model: type[M], shape: Hashable, blanks: Iterator) -> models.QuerySet[M]:
    return model.objects.filter(_rebuilt(shape, blanks))  # type: ignore[attr-defined]
