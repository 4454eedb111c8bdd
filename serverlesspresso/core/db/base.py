"""The database backend: Django's without two things that every request, task and screen would pay for.

It asks a pooled connection each time it is taken whether it still lives; looking at the line says the same.
And it gives each moment its zone in Python; connections speak UTC here, and what psycopg reads in C says so.
"""

import select
from functools import lru_cache

from django.db.backends.postgresql import base
from django.db.utils import OperationalError
from psycopg import Error
from psycopg.adapt import AdaptersMap
from psycopg.types.datetime import TimestamptzLoader

from .connection import Validation


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, without those."""

    validation_class = Validation

    def get_connection_params(self) -> dict:
        """How to connect, and how values are read: moments by psycopg itself."""
        params = super().get_connection_params()
        return params | {"context": _reading(params["context"])}

    def create_cursor(self, name: str | None = None):
        """A cursor, as Django makes them without looking whether moments are read in the right zone, of which
        there is one here. None has a name: the settings see to it."""
        return self.connection.cursor()

    def get_new_connection(self, conn_params):
        """A connection that is whole, from the pool or new."""
        connection = super().get_new_connection(conn_params)
        while self.pool and not is_whole(connection):
            connection.close()  # which is how the pool knows that another is needed
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


@lru_cache
def _reading(adapters: AdaptersMap) -> AdaptersMap:
    own = AdaptersMap(adapters)
    own.register_loader("timestamptz", TimestamptzLoader)  # which psycopg replaces by what it has in C
    return own


def is_whole(connection) -> bool:
    """Whether nothing speaks against this idle connection: a server that went away has closed its end or said
    so, and both can be seen without a question. Only what looks odd is asked."""
    looking = select.poll()
    looking.register(connection.fileno(), select.POLLIN)  # hung up and broken are told unasked
    if not looking.poll(0):
        return True
    try:
        connection.execute("")
    except (Error, OperationalError):
        return False
    return True
