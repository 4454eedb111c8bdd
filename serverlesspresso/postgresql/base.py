"""The database backend. Django's own asks a pooled connection each time it is taken whether it still lives:
one more question for every request, task and screen. Looking at the line says the same.
"""

import select

from django.db.backends.postgresql import base
from django.db.utils import OperationalError
from psycopg import Error


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with that look."""

    def get_new_connection(self, conn_params):
        """A connection that is whole, from the pool or new."""
        connection = super().get_new_connection(conn_params)
        while self.pool and not is_whole(connection):
            connection.close()  # which is how the pool knows that another is needed
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


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
