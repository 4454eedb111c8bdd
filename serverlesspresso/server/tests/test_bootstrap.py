"""Commands on a database that nobody has used yet, or that does not answer."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import OperationalError

from config.models import Store
from serverlesspresso.server import bootstrap
from serverlesspresso.server.bootstrap import AppCommand


@pytest.fixture
def typed(tmp_path):
    """A command as it is typed, on a data folder of its own."""

    def run(*arguments, **environment):
        given = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")} | environment
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=given,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.own_database
def test_a_command_may_be_typed_before_the_bar_has_ever_run(typed, tmp_path):
    token = typed("token", "Zoe", "--role", "barista", "--create")
    assert (token.returncode, token.stderr) == (0, "")
    assert len(token.stdout.split()) == 1, "one token, and nothing else"
    people = json.loads((tmp_path / "data" / "staff.json").read_text())
    assert {person["name"] for person in people} == {"Bob", "Dana", "Admin"}, "as if bin/run had been first"


@pytest.mark.own_database
def test_several_processes_without_a_database_for_several_are_refused_in_one_line(typed):
    said = typed("serve", REDIS_URL="redis://127.0.0.1:1/0")
    assert said.returncode == 1
    assert said.stderr.startswith("REDIS_URL is for a bar in several processes")
    assert said.stderr.count("\n") == 1


@pytest.mark.django_db
class TestDemo:
    def test_it_is_made_where_only_programs_are_known(self, settings, tmp_path):
        settings.EMBEDDED, settings.DATA_DIR = True, tmp_path
        get_user_model().objects.create(name="Zoe", is_device=True)
        bootstrap.prepare()
        assert Store.objects.filter(slug="ABC").exists()

    def test_it_is_not_where_people_are(self, settings, tmp_path):
        settings.EMBEDDED, settings.DATA_DIR = True, tmp_path
        get_user_model().objects.create_user("dana@example.com", "a long password")
        bootstrap.prepare()
        assert not Store.objects.exists()

    def test_nor_with_servers_given(self, settings, tmp_path):
        settings.EMBEDDED, settings.DATA_DIR = False, tmp_path
        bootstrap.prepare()
        assert not Store.objects.exists()


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_one_line():
    class Broken(AppCommand):
        def handle(self, *args, **options):
            raise OperationalError("no such column: store.shape\nLINE 1: SELECT")

    with pytest.raises(CommandError) as refused:
        call_command(Broken())
    assert str(refused.value).startswith("The database did not do it: no such column: store.shape. ")
    assert "\n" not in str(refused.value)
    with pytest.raises(OperationalError):
        call_command(Broken(), traceback=True)
