"""PostgreSQL that takes a question and says nothing: whoever asked is told so, instead of waiting for it.

Between the bar and PostgreSQL may stand a pooler (PgBouncer), which gives each transaction another
connection, where nothing is set or prepared. So what the bar relies on is looked at here, before it starts.
"""

from typing import Any

import psycopg
from django.core import checks
from django.db.backends.base.validation import BaseDatabaseValidation

LIMITS_S = {"statement_timeout": 3, "lock_timeout": 2, "idle_in_transaction_session_timeout": 10}
"""After so long PostgreSQL itself ends a statement, a wait for a lock, a transaction that does nothing."""
ANSWER_S = 4
"""No answer to a single message for so long: it hangs. A click shall hear of it within 5 seconds."""

PREPARED = 500
"""So many statements are kept prepared on each connection: more than the bar has. With less room, some push
others out, which are then planned anew."""


class TimeoutConnection(psycopg.Connection):
    """A connection that gives up a server which does not answer, as one that is stopped or swapping.

    The kernel still acknowledges what is sent to such a server, so that no timeout of TCP helps, and a
    timeout of its own cannot end its statement. Raises psycopg.OperationalError; the connection is closed,
    and nobody knows whether what was asked is done.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.prepared_max = PREPARED

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer, for ANSWER_S seconds unless told otherwise."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, ANSWER_S)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()  # the answer may still come, and must not be taken for that to another
            raise


def options() -> str:
    """What each connection asks PostgreSQL for when it begins: the limits, and times in UTC."""
    return " ".join([*[f"-c {name}={seconds}s" for name, seconds in LIMITS_S.items()], "-c timezone=UTC"])


def unlimited(asked: Any) -> list[str]:
    """The limits that do not hold for the connection of this cursor."""
    asked.execute("SELECT name, setting::int FROM pg_settings WHERE name = ANY(%s)", [list(LIMITS_S)])
    return sorted(name for name, ms in asked.fetchall() if not 0 < ms <= LIMITS_S[name] * 1000)


def problem(wrapper: Any) -> str:
    """What would spoil the bar's promises on the way to this database, and what to do about it, as one line;
    empty when nothing does. Asks on connections of its own, for a pool of them hides why none can be had.

    Raises psycopg.OperationalError when the database does not answer.
    """
    params = wrapper.get_connection_params() | {"autocommit": True}
    try:
        with TimeoutConnection.connect(**params) as first, TimeoutConnection.connect(**params) as second:
            with first.cursor() as cursor:
                missing = unlimited(cursor)
            if missing:
                role = wrapper.settings_dict["USER"] or "coffee"
                says = "; ".join(f"ALTER ROLE {role} SET {each} = '{LIMITS_S[each]}s'" for each in missing)
                return (
                    f"The pooler at DATABASE_URL drops {', '.join(missing)}, and a bar without time limits"
                    f" hangs. Give them to the role, in psql: {says}; then type RECONNECT in the pooler's"
                    " console."
                )
            if params.get("prepare_threshold") is not None and not _keep_what_they_prepare(first, second):
                return (
                    "The pooler at DATABASE_URL mixes up prepared statements: set DATABASE_PREPARE=off, or"
                    " use PgBouncer 1.21 or newer with max_prepared_statements."
                )
            with second.transaction():
                pass
    except psycopg.OperationalError as error:
        if "statement pooling" in str(error):
            return (
                "The pooler at DATABASE_URL allows no transactions: set pool_mode = transaction or session."
            )
        if "startup parameter" not in str(error):
            raise
        return (
            "The pooler at DATABASE_URL refuses the bar's connections: write ignore_startup_parameters ="
            " options into pgbouncer.ini. docs/how-to/deploy.md says what else a pooler needs."
        )
    return ""


def _keep_what_they_prepare(*connections: psycopg.Connection) -> bool:
    """Whether each has its own prepared statements: all give theirs the same names."""
    try:
        for _ in range(3):
            for number, each in enumerate(connections):
                each.execute(f"SELECT {number}::int", prepare=True)
    except psycopg.Error:
        return False
    return True


class Validation(BaseDatabaseValidation):
    """What `manage.py check --database default` and `migrate` look at before they trust the database."""

    def check(self, **kwargs: Any) -> list:
        """The problem above, if there is one."""
        try:
            found = problem(self.connection)
        except psycopg.OperationalError as error:
            found = f"The database does not answer: {str(error).strip()}"
        return [checks.Error(found, id="serverlesspresso.E001")] if found else []
