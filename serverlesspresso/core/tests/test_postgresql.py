"""A pooled connection is looked at, and only asked when it looks odd; moments come in UTC."""

import datetime as dt
import socket

import psycopg
import pytest
from django.db import connection

from config.models import Store
from serverlesspresso.core import clock
from serverlesspresso.core.db.base import is_whole


class Connection:
    def __init__(self, end):
        self.end, self.asked, self.broken = end, 0, False

    def fileno(self):
        return self.end.fileno()

    def execute(self, sql):
        self.asked += 1
        if self.broken:
            raise psycopg.OperationalError("server closed the connection")


@pytest.fixture
def line():
    here, there = socket.socketpair()
    with here, there:
        yield Connection(here), there


def test_a_quiet_line_is_whole_and_not_asked(line):
    connection, _server = line
    assert is_whole(connection)
    assert connection.asked == 0


def test_a_line_on_which_the_server_hung_up_is_not(line):
    connection, server = line
    connection.broken = True
    server.close()
    assert not is_whole(connection)


def test_a_line_on_which_the_server_said_something_is_asked(line):
    connection, server = line
    server.send(b"a notice")
    assert is_whole(connection)
    assert connection.asked == 1


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="it is about PostgreSQL")
def test_moments_are_utc_however_they_are_read(store):
    Store.objects.update(archived_at=clock.now())
    moments = Store.objects.values_list("archived_at", flat=True)
    for found in (*moments, *moments.iterator()):
        assert found.tzinfo == dt.UTC
        assert clock.now() - found < dt.timedelta(minutes=1)
