"""Extensions come and go: each is loaded because its name is there, and the house stands without it."""

import ast
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from django.conf import settings

from serverlesspresso.web import extension_loader

FOLDERS = sorted(path.parent.name for path in settings.BASE_DIR.glob("extensions/*/apps.py"))
LEFT = {"data", "bench", "node_modules"}
SETTINGS = {"DJANGO_SETTINGS_MODULE": "serverlesspresso.settings", "DEBUG": "on"}
HELLO = {
    "__init__.py": "",
    "apps.py": """
from django.apps import AppConfig
from serverlesspresso.extension_api.hooks import fill

class Hello(AppConfig):
    name = "extensions.hello"

    def ready(self):
        fill("bar", "hello/link.html")
""",
    "urls.py": """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("hello/<str:name>/", lambda request, name: HttpResponse(f"Hello, {name}"))]
""",
    "templates/hello/link.html": '<a href="/hello/{{ store.slug }}/">Hello</a>',
}


def a_copy(folder: Path) -> Path:
    """The house, without its data, where something can be taken out of it."""
    folder.mkdir()
    for source in settings.BASE_DIR.iterdir():
        if source.name.startswith(".") or source.name in LEFT:
            continue
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3*")
            shutil.copytree(source, folder / source.name, ignore=ignored)
        else:
            shutil.copy(source, folder / source.name)
    return folder


def run(folder: Path, *command: str, **environment: str) -> str:
    """Run Python in the copy, with a database of its own; what it printed, or the test fails."""
    scrubbed = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
    for name in ("DATABASE_URL", "REDIS_URL", "EXTENSIONS"):
        scrubbed.pop(name, None)
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=scrubbed | {"DATA_DIR": str(folder / "data")} | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_an_extension_is_loaded_because_its_folder_is_there(tmp_path):
    house = a_copy(tmp_path / "house")
    for name, text in HELLO.items():
        path = house / "extensions/hello" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    look = (
        "import django; django.setup()\n"
        "from django.test import Client; from serverlesspresso.web import template_hooks\n"
        "print(Client().get('/hello/Zoe/').content.decode(), template_hooks.templates('bar'))"
    )
    loaded = run(house, "-c", look, **SETTINGS)
    assert "Hello, Zoe" in loaded
    assert "hello/link.html" in loaded
    without = run(house, "-c", look, **SETTINGS, EXTENSIONS="")
    assert "Hello, Zoe" not in without
    assert "hello/link.html" not in without


@pytest.mark.parametrize("gone", [*FOLDERS, "all of them"])
def test_the_bar_works_without(gone, tmp_path):
    house = a_copy(tmp_path / "house")
    for name in FOLDERS if gone == "all of them" else [gone]:
        shutil.rmtree(house / "extensions" / name)
    run(house, "manage.py", "check")
    run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "orders/tests/test_story.py")


def test_every_extension_here_is_on():
    assert set(FOLDERS) <= set(settings.EXTENSIONS)
    assert len(extension_loader.pages()) <= len(settings.EXTENSIONS)


def test_every_extension_lists_the_packages_that_it_alone_needs():
    packages = metadata.packages_distributions()

    def needed(folder):
        """What the modules of a folder import, by the names of the packages."""
        paths = [each for each in folder.rglob("*.py") if "tests" not in each.parts]
        nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text()))]
        modules = [each.name for node in nodes if isinstance(node, ast.Import) for each in node.names]
        modules += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
        found = {name for module in modules for name in packages.get(module.split(".")[0], ())}
        return {name.lower().replace("_", "-") for name in found}

    kept = ("baristas", "config", "display", "orders", "organisers", "serverlesspresso")
    house = {name for folder in kept for name in needed(settings.BASE_DIR / folder)}
    all_of_them = (settings.BASE_DIR / "requirements.in").read_text().split()
    for name in FOLDERS:
        listed = settings.BASE_DIR / "extensions" / name / "requirements.in"
        alone = set(listed.read_text().split()) if listed.exists() else set()
        assert needed(settings.BASE_DIR / "extensions" / name) - house == alone
        assert alone <= set(all_of_them)
