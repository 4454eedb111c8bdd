"""The change that docs/tutorials/first-change.md makes works as it is written there."""

import re
import shlex
from pathlib import Path

from django.conf import settings

from .test_extensions import a_copy, run

PAGE = settings.BASE_DIR / "docs" / "tutorials" / "first-change.md"
STEP = re.compile(
    r"(?:In `(?P<inside>[^`]+)`, before `(?P<before>[^`]+)`|At the end of `(?P<end>[^`]+)`"
    r"|New file `(?P<new>[^`]+)`):\n\n```\w+\n(?P<text>.*?)```",
    re.DOTALL,
)
COMMANDS = re.compile(r"^\.venv/bin/python (manage\.py .+)$", re.MULTILINE)


def follow(page: str, house: Path) -> list[str]:
    """Edit the copy as the page says; the files that were edited. Fails where a file does not fit."""
    touched = []
    for step in STEP.finditer(page):
        name = step["inside"] or step["end"] or step["new"]
        path = house / name
        if step["inside"]:
            before, found, after = path.read_text().partition(f"\n{step['before']}")
            assert found, f"{name} has no line that begins with {step['before']!r}"
            path.write_text(f"{before}\n{step['text']}{found.removeprefix(chr(10))}{after}")
        elif step["end"]:
            path.write_text(f"{path.read_text().rstrip()}\n{step['text']}")
        else:
            assert not path.exists()
            path.write_text(step["text"])
        touched.append(name)
    return touched


def test_the_change_of_the_tutorial_works(tmp_path):
    house, page = a_copy(tmp_path / "house"), PAGE.read_text()
    assert follow(page, house) == [
        "config/models/store.py",
        "config/admin/stores.py",
        "templates/display/_store_name.html",
        "display/tests/test_motto.py",
    ]
    commands = COMMANDS.findall(page)
    assert len(commands) == 3
    for command in commands:
        run(house, *shlex.split(command))
    test = "display/tests/test_motto.py"
    assert "3 passed" in run(house, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", test)
