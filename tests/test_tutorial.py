"""The extension that docs/how-to/extensions.md builds works as it stands there."""

import re

from django.conf import settings

from .test_extensions import SETTINGS, a_copy, run

PAGE = settings.BASE_DIR / "docs" / "how-to" / "extensions.md"
FILE = re.compile(
    r"^`(extensions/tally/\w+\.py)`[^`]*?(?:`[^`]*`[^`]*?)*:\n\n```python\n(.*?)```", re.MULTILINE | re.DOTALL
)
TRY = """
import django; django.setup()
import json
import conftest
from django.test import Client
from orders import commands as manager
from serverlesspresso.celery import app
from serverlesspresso.events.delivery import offsets
from serverlesspresso.events.tests.bus import deliver
from django.conf import settings as s

s.SEND_INLINE = app.conf.task_always_eager = True
store = conftest.make_store()
bob = conftest.make_user("Bob", store, conftest.Role.BARISTA)
for name, drink in (("Alice", "Espresso"), ("Charlie", "Espresso")):
    conftest.ready(conftest.make_user(name), store, bob, drink=drink)
deliver()
deliver()
print(Client().get("/tally/ABC/").json())
offsets.replay("tally")
deliver()
print(Client().get("/tally/ABC/").json())
"""


def code() -> dict[str, str]:
    return dict(FILE.findall(PAGE.read_text()))


def test_the_tutorial_has_fewer_than_forty_lines():
    lines = [line for text in code().values() for line in text.splitlines() if line.strip()]
    assert len(code()) == 4
    assert len(lines) < 40


def test_the_extension_of_the_tutorial_works(tmp_path):
    house = a_copy(tmp_path / "house")
    (house / "extensions/tally").mkdir()
    (house / "extensions/tally/__init__.py").touch()
    for name, text in code().items():
        (house / name).write_text(text)
    run(house, "manage.py", "makemigrations", "tally")
    run(house, "manage.py", "migrate")
    said = run(house, "-c", TRY, **SETTINGS).splitlines()
    assert said[-2:] == ["{'Espresso': 2}"] * 2
