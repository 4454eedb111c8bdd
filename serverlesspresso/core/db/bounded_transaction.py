"""Transactions of those who must be in nobody's way.

On PostgreSQL a transaction locks the rows it writes. On SQLite there is one lock for whoever writes, and the
usual transaction here takes it at its begin (see the settings). A subscriber may dawdle, so its transaction
takes the lock with its first write only, and gives it back, undone, when it holds it too long. What it reads
before its first write is read as PostgreSQL does it by default: each query sees what is committed by then.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection, transaction

HOLD_S = 0.5
"""So long a subscriber may keep everybody else from writing, on SQLite."""
_READS = ("SELECT", "EXPLAIN", "PRAGMA")


class WriteLockTimeout(Exception):
    """The transaction kept everybody else from writing for too long, and was undone."""

    def __init__(self):
        super().__init__(f"wrote, and then did not end within {HOLD_S} s: write last, after what takes time")


class WriteLock:
    """When a transaction began to write."""

    def __init__(self):
        self.since: float | None = None

    def seconds(self) -> float:
        """For how long it has kept what it wrote from others."""
        return 0.0 if self.since is None else time.monotonic() - self.since


class _SqliteWriteLock(WriteLock):
    """Wraps each statement: begins at the first that writes, and is taken away by a timer."""

    def __init__(self):
        super().__init__()
        self._raw = connection.connection
        self._lock = threading.Lock()  # a statement, or the timer, at a time
        self._timer: threading.Timer | None = None
        self._lost = self._ended = False

    def __call__(self, execute, sql, params, many, context):
        """As `connection.execute_wrapper` wants it."""
        with self._lock:
            if self._lost:
                raise WriteLockTimeout
            if self.since is None and not sql.lstrip().upper().startswith(_READS):
                self._begin()
            return execute(sql, params, many, context)

    def _begin(self) -> None:
        with connection.wrap_database_errors:
            self._raw.execute("BEGIN IMMEDIATE")
        self.since = time.monotonic()
        self._timer = threading.Timer(HOLD_S, self._roll_back)
        self._timer.daemon = True
        self._timer.start()

    def _roll_back(self) -> None:
        """In the timer's thread, so that the lock is free however long the subscriber goes on."""
        if not self._lock.acquire(timeout=0.05):
            self._raw.interrupt()
            self._lock.acquire()
        try:
            if not self._ended:
                self._lost = True
                self._raw.rollback()
        finally:
            self._lock.release()

    def end(self) -> None:
        """Nothing is taken away any more. Raises WriteLockTimeout if it was."""
        with self._lock:
            self._ended = True
            if self._timer:
                self._timer.cancel()
            if self._lost:
                raise WriteLockTimeout


@contextmanager
def bounded_transaction() -> Iterator[WriteLock]:
    """A transaction that is in nobody's way: around what a subscriber does. Raises WriteLockTimeout."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
            hold = WriteLock()
            hold.since = time.monotonic()
            yield hold
        return
    with _deferred():
        lazily = _SqliteWriteLock()
        with connection.execute_wrapper(lazily):
            try:
                yield lazily
            except BaseException as error:
                _end(lazily, error)
                raise
            lazily.end()


def _end(hold: _SqliteWriteLock, error: BaseException) -> None:
    """Say that the lock was lost rather than what came of it."""
    try:
        hold.end()
    except WriteLockTimeout as lost:
        if isinstance(error, Exception):
            raise lost from error


@contextmanager
def _deferred() -> Iterator[None]:
    """Django's transaction, which SQLite knows nothing of until `_SqliteWriteLock` begins one."""
    connection.ensure_connection()
    usual, connection.transaction_mode = connection.transaction_mode, "DEFERRED"  # type: ignore[attr-defined]
    with ExitStack() as block:
        try:
            block.enter_context(transaction.atomic())
        finally:
            connection.transaction_mode = usual  # type: ignore[attr-defined]
        connection.connection.commit()  # that BEGIN: a reader's snapshot would keep the log from being tidied
        yield
