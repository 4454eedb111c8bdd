"""Fills a bar's database with a past, by SQL: rows like the newest ones there are, only older."""

from collections.abc import Mapping

import psycopg

_SAME = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
_CATCH_UP = """
INSERT INTO events_cursor (subscription_id, store, sequence, replayed_to)
SELECT s.name, l.store, l.sequence, 0 FROM events_subscription s CROSS JOIN events_stream l
ON CONFLICT (subscription_id, store) DO UPDATE SET sequence = excluded.sequence
"""


def fill(url: str, *, orders: int, events: int, stores: int) -> None:
    """So many finished orders and events more, over so many stores in all; those there are get their share.
    Every subscriber has had all of it."""
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("SET statement_timeout = 0")
        there = database.execute("SELECT count(*) FROM config_store").fetchone()
        missing = max(stores - (there[0] if there else 0), 0)
        _copy(database, "config_store", missing, {"slug": "'PAST' || n", "is_open": "false"}, key="id")
        _orders(database, orders)
        _events(database, events)
        database.execute(_CATCH_UP)
        database.execute("VACUUM ANALYZE")


def _orders(database: psycopg.Connection, count: int) -> None:
    past = "now() - interval '2 days' - n * interval '1 second'"
    moments = ("created_at", "moved_at", "submitted_at", "queued_at", "claimed_at", "completed_at")
    sets = dict.fromkeys((*moments, "finished_at", "settled_at"), past) | {
        "id": "'past-' || n",
        "store_id": "(SELECT array_agg(id) FROM config_store)[1 + n % (SELECT count(*) FROM config_store)]",
        "scan_day": f"({past})::date",
        "customer_id": "proto.customer_id",
        "hold_id": "NULL",
        "remake_of_id": "NULL",
        "series": "0",
        "number": "n",
        "place": "n",
        "deadline_at": "NULL",
    }
    _copy(database, "orders_order", count, sets, where="status = 'collected' AND settled_at IS NOT NULL")


def _events(database: psycopg.Connection, count: int) -> None:
    database.execute(
        "CREATE TEMP TABLE heads AS SELECT slug AS store, coalesce(sequence, 0) AS head, "
        "row_number() OVER (ORDER BY slug) - 1 AS turn "
        "FROM config_store LEFT JOIN events_stream ON store = slug"
    )
    database.execute("CREATE UNIQUE INDEX ON heads (turn)")
    sets = {
        "id": "gen_random_uuid()",
        "store": "(SELECT store FROM heads WHERE turn = n % (SELECT count(*) FROM heads))",
        "sequence": "(SELECT head FROM heads WHERE turn = n % (SELECT count(*) FROM heads))"
        " + 1 + n / (SELECT count(*) FROM heads)",
        "order": "'past-' || n / 5",
        "at": "now() - interval '2 days'",
    }
    _copy(database, "events_event", count, sets)
    database.execute(
        "INSERT INTO events_stream (store, sequence)"
        " SELECT store, max(sequence) FROM events_event GROUP BY store"
        " ON CONFLICT (store) DO UPDATE SET sequence = excluded.sequence"
    )


def _copy(
    database: psycopg.Connection,
    table: str,
    count: int,
    sets: Mapping[str, str],
    *,
    where: str = "true",
    key: str = "",
) -> None:
    """Rows like one there is, but for what `sets` says (SQL, with n from 0); `key` counts by itself."""
    columns = [name for (name,) in database.execute(_SAME, [table]) if name != key]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(sets.get(name, f'proto."{name}"') for name in columns)
    query = f"""INSERT INTO {table} ({names}) SELECT {values}
        FROM generate_series(0, {count - 1}) n, (SELECT * FROM {table} WHERE {where} LIMIT 1) proto"""  # noqa: S608
    if count > 0:
        database.execute(query.encode())
