"""The database, and what is counted so that nobody tries too often."""

import os
import tempfile
from pathlib import Path

from .base import DATA_DIR, EMBEDDED, TESTING, env

DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "db.sqlite3")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # Each thread keeps its connection: to open one and read the shapes of all tables costs more than to ask.
    _database["CONN_MAX_AGE"] = 60
    # IMMEDIATE: a transaction that reads and then writes would otherwise fail at once when another writes.
    _database["OPTIONS"] = {
        "timeout": 10,
        "transaction_mode": "IMMEDIATE",
        # What was answered with success is on the disk. Tests are not about power cuts.
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={'OFF' if TESTING else 'FULL'};",
    }
else:
    from serverlesspresso.core.db import connection

    _database["ENGINE"] = "serverlesspresso.core.db"
    _prepare = env.bool("DATABASE_PREPARE", True)
    _database["OPTIONS"] = _database.get("OPTIONS", {}) | {
        # a test's threads come and go, and its database must have no guests left when it is dropped
        "pool": False
        if TESTING
        else {
            "connection_class": connection.TimeoutConnection,
            "min_size": 1,
            "max_size": env.some("DATABASE_POOL", 10),
            "timeout": 3,
            "reconnect_timeout": 2,  # then the next caller tries afresh; pauses would grow
        },
        # To plan a wide question costs more than to answer it: it is planned once for each connection.
        "server_side_binding": _prepare,
        "prepare_threshold": 3 if _prepare else None,
        "connect_timeout": 2,
        "tcp_user_timeout": 4000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "options": connection.options(),
    }
    # A cursor that outlives its transaction is lost behind a pooler; the bar's tables are not that large.
    _database["DISABLE_SERVER_SIDE_CURSORS"] = True
DATABASE_WAIT = env.int("DATABASE_WAIT", 30)  # seconds in which a server that starts beside us may come up
# Several test runs on one machine must not share a database; threads in a test must, so it is a file.
_database["TEST"] = {
    "NAME": Path(tempfile.gettempdir()) / f"serverlesspresso-test-{os.getpid()}.sqlite3"
    if _database["ENGINE"].endswith("sqlite3")
    else f"test_serverlesspresso_{os.getpid()}"
}
# What is counted so that nobody tries too often must outlive Redis, and be the same in every process.
_alone = TESTING or (EMBEDDED and _database["ENGINE"].endswith("sqlite3"))
CACHES = {
    "default": {
        "BACKEND": "serverlesspresso.core.rate_counters.CountersInLocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
    if _alone
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "rate_limits",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
