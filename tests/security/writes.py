"""Which requests write: what looking must not do, and refusals must undo."""

import re

_BY_LOOKING = (
    "django_session",
    "display_code",
    "accounts_pairing",
    "account",
    "usersessions",
    "orders_watch",
)
"""What looking writes: sessions, the code of a new window, the code of a screen that asks to be paired,
and that a barista's screen is there."""


class Writes:
    """Notes every write but those that looking may cause: `with connection.execute_wrapper(writes):`."""

    def __init__(self):
        self.seen: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        found = re.match(r'(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"', sql)
        if found and not found[2].startswith(_BY_LOOKING):
            self.seen.append(sql[:80])
        return execute(sql, params, many, context)
