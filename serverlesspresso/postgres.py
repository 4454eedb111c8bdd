"""PostgreSQL that takes a question and says nothing: whoever asked is told so, instead of waiting for it."""

from typing import Any

import psycopg

STATEMENT_S = 3
"""PostgreSQL itself ends a statement after so long."""
ANSWER_S = 4
"""No answer to a single message for so long: it hangs. A click shall hear of it within 5 seconds."""

PREPARED = 500
"""So many statements are kept prepared on each connection: more than the bar has. With less room, some push
others out, which are then planned anew."""


class Impatient(psycopg.Connection):
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
