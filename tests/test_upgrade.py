"""A bar that ran on the last release goes on with the code of today: every order is where it was."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.own_database
KEPT = Path(__file__).parent / "fixtures" / "bar-0.9.sqlite3.gz"
"""The database of a bar of release 0.9.0 (`deploy/released`): a store OLD with six orders in six states."""
ORDERS = [[1, "queued"], [2, "queued"], [3, "making"], [4, "ready"], [5, "collected"], [None, "choosing"]]
GO_ON = """
import json
import django; django.setup()
from django.contrib.contenttypes.models import ContentType
from config.models import Store
from orders import commands, workflow
from orders.models import Order
from serverlesspresso.accounts.models import User
from serverlesspresso.events.models import Event

found = sorted(Order.objects.values_list("number", "status"), key=str)
bob = User.objects.get(name="Robin")
new = commands.walk_up(Store.objects.get(slug="OLD"), by=bob, drink="Espresso", modifiers=[])
workflow.run(workflow.QUEUE, new.pk)
then = list(Order.objects.values_list("number", "status").get(pk=new.pk))
log = list(Event.objects.filter(store="OLD").order_by("sequence").values_list("sequence", flat=True))
stale = [str(each) for each in ContentType.objects.all() if each.model_class() is None]
gapless = log == list(range(1, len(log) + 1))
print(json.dumps({"orders": found, "then": then, "gapless": gapless, "stale": stale}))
"""


@pytest.fixture
def old_bar(tmp_path):
    (tmp_path / "db.sqlite3").write_bytes(gzip.decompress(KEPT.read_bytes()))
    environment = {
        key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")
    }
    environment |= {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "serverlesspresso.settings"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_orders_of_the_last_release_are_where_they_were_and_go_on(old_bar):
    old_bar("manage.py", "migrate", "-v0")
    found = json.loads(old_bar("-c", GO_ON).splitlines()[-1])
    # Two tables of the metrics extension are read no more; all other models are known by their old names.
    assert found == {
        "orders": sorted(ORDERS, key=str),
        "then": [6, "queued"],
        "gapless": True,
        "stale": ["counted", "pending"],
    }
    assert json.loads(old_bar("manage.py", "numbers", "OLD"))["last_number"] == 6
