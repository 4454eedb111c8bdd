"""Clients that others' generators make of the API's description: whole, and good for the main job.

Those for TypeScript are packages of npm, pinned in package-lock.json. They are left out where there is no
Node.js, except in CI.
"""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from tests.test_serve import Bar

pytestmark = [pytest.mark.own_database, pytest.mark.xdist_group("clients")]
HERE = Path(__file__).parent
NODE = (20, 19)
"""The oldest Node.js that the pinned packages run on."""
CLIENT = "serverlesspresso_client"


def run(*command, at: Path = HERE, seconds: float = 300, **environment) -> str:
    """What a command says on both streams; fails where the command does."""
    done = subprocess.run(
        [*map(str, command)],
        cwd=at,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def leave_out(reason: str):
    """Skip on somebody's own machine; a machine of CI has to have what is missing."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def bar(folder):
    """The demo bar in a process of its own, its workers at work."""
    bar = Bar(folder / "data")
    try:
        bar.wait()
        bar.wait_for_the_sweep()
        yield bar
    finally:
        bar.process.terminate()
        bar.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def description(bar, folder) -> Path:
    """The description as the bar gives it to programs."""
    path = folder / "openapi.json"
    path.write_text(bar.get("/api/v1/openapi.json"))
    return path


@pytest.fixture(scope="module")
def operations(description) -> set[str]:
    """The names of all operations."""
    paths = json.loads(description.read_text())["paths"].values()
    found = {operation["operationId"] for path in paths for operation in path.values()}
    assert len(found) >= 18
    return found


@pytest.fixture(scope="module")
def npm(pytestconfig) -> Path:
    """The folder of the commands that package-lock.json pins; installs them when they are not there yet."""
    if not shutil.which("node") or not shutil.which("npm"):
        leave_out("Node.js or npm is missing, which make the clients in TypeScript.")
    version = run("node", "--version").strip()
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < NODE:
        leave_out(
            f"Node.js {'.'.join(map(str, NODE))} or newer makes the clients in TypeScript; here is {version}."
        )
    lock = (HERE / "package-lock.json").read_text()
    mark = HERE / "node_modules" / ".has-package-lock"
    if not mark.exists() or mark.read_text() != lock:
        with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            sys.stderr.write("\nInstalling what makes clients in TypeScript, once …\n")
        run("npm", "ci", "--loglevel=error")
        mark.write_text(lock)
    return HERE / "node_modules" / ".bin"


@pytest.fixture(scope="module")
def hey(npm, description, folder) -> Path:
    """The client of hey-api."""
    made = folder / "hey"
    run(npm / "openapi-ts", "--input", description, "--output", made, "--no-log-file")
    return made


@pytest.fixture(scope="module")
def types(npm, description, folder) -> Path:
    """The types of openapi-typescript."""
    made = folder / "schema.d.ts"
    run(npm / "openapi-typescript", description, "--output", made)
    return made


@pytest.fixture(scope="module")
def python(description, folder) -> Path:
    """The folder of the Python client. A warning, such as "Endpoint will not be generated", fails."""
    tools = Path(sys.executable).parent
    here = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    command = (tools / "openapi-python-client", "generate", "--fail-on-warning", "--meta", "none")
    said = run(*command, "--path", description, "--output-path", folder / CLIENT, **here)
    assert "will not be generated" not in said
    return folder / CLIENT


def test_the_description_is_without_fault(npm, description):
    """As Redocly's rules have it; warnings count, too."""
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    assert '"warnings": 0' in run(npm / "redocly", "lint", description, "--format=json", **quiet)


def test_the_types_for_typescript_have_every_operation(types, operations):
    listed = types.read_text().partition("export interface operations {")[2]
    assert set(re.findall(r"^    (\w+): \{$", listed, re.MULTILINE)) == operations


def test_the_client_for_typescript_has_every_operation(hey, operations):
    camel = {re.sub(r"_(\w)", lambda found: found[1].upper(), name) for name in operations}
    assert (
        set(re.findall(r"^export const (\w+) = <", (hey / "sdk.gen.ts").read_text(), re.MULTILINE)) == camel
    )


def test_a_till_in_typescript_compiles(npm, hey, types, folder):
    for name in ("till.ts", "tsconfig.json"):
        shutil.copy(HERE / name, folder)
    run(npm / "tsc", at=folder)


class TestPython:
    @pytest.fixture
    def call(self, python, monkeypatch):
        """Calls an operation of the generated client by its name."""
        monkeypatch.syspath_prepend(str(python.parent))
        paths = {path.stem: path.relative_to(python.parent) for path in python.glob("api/*/*.py")}

        def call(name, *arguments, **more):
            module = importlib.import_module(".".join(paths[name].with_suffix("").parts))
            return module.sync_detailed(*arguments, **more)

        return call

    @pytest.fixture
    def signed_in(self, bar, call, folder):
        """Makes the client of somebody with a token of their own."""

        def signed_in(name, role):
            token = run(
                sys.executable,
                "manage.py",
                *("token", name, "--role", role, "--store", "ABC", "--create"),
                at=settings.BASE_DIR,
                DATA_DIR=str(folder / "data"),
            )
            client = importlib.import_module(CLIENT).AuthenticatedClient
            return client(f"http://127.0.0.1:{bar.port}", token.split()[-1])

        return signed_in

    def test_it_has_every_operation(self, python, operations):
        made = {path.stem for path in python.glob("api/*/*.py") if path.stem != "__init__"}
        assert made == operations

    def test_it_does_the_main_job(self, call, signed_in):
        alice, bob = signed_in("Alice", "customer"), signed_in("Barista", "barista")
        wall = signed_in("Wall", "display")
        form = importlib.import_module(f"{CLIENT}.models")

        code = call("get_code", "ABC", client=wall).parsed
        scanned = call("post_order", "ABC", client=alice, body=form.Scan(token=code.token))
        assert scanned.status_code == 201
        order = scanned.parsed.id
        assert scanned.headers["Location"] == f"/api/v1/orders/{order}"

        drink = call("get_store", "ABC", client=alice).parsed.menu.drinks[0]
        options = [group.options[0].name for group in drink.modifiers for _each in range(group.min_)]
        choice = form.Drink(drink=drink.name, modifiers=options)
        early = call("put_order", order, client=alice, body=choice, if_match='"0"')
        assert (early.status_code, early.parsed.code) == (412, "changed_meanwhile")
        assert call("put_order", order, client=alice, body=choice, if_match="*").parsed.drink == drink.name

        assert call("make", order, client=bob).parsed.status == "making", "a body may be left out"
        again = call("make", order, client=bob, body=form.Make(take_over=True), idempotency_key="mine")
        assert again.parsed.barista == "Barista"
        assert call("complete", order, client=bob).parsed.status == "ready"
        assert call("collect", order, client=alice).parsed.status == "collected"
        late = call("cancel", order, client=bob, body=form.Cancel(reason="machine"))
        assert (late.status_code, late.parsed.order_status) == (409, "collected")
        paused = call("put_status", "ABC", client=bob, body=form.StoreStatus(paused=True))
        assert paused.parsed.paused is True
        for kind in self.told(call, bob, order):
            assert kind.startswith(("Validator.", "OrderProcessor.", "OrderManager."))

    def told(self, call, client, order) -> list[str]:
        """What the log says of the order, once it is closed."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            log = call("get_events", "ABC", client=client, limit=1000).parsed.items
            found = [each.type_ for each in log if each.subject == order]
            if "OrderProcessor.OrderFinished" in found:
                return found
            time.sleep(0.2)
        raise AssertionError(found)
