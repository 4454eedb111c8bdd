"""The pages of docs/ say what the code does, and lead where they say."""

import re
import shutil

import pytest
import yaml
from django.conf import settings as current
from django.core.management import CommandError, call_command

from orders import processor, workflow
from serverlesspresso.core import metrics
from serverlesspresso.devtools import docs_generator
from serverlesspresso.events.delivery.subscribers import all_subscribers
from serverlesspresso.events.log.registry import all_types
from serverlesspresso.web.template_hooks import SLOTS

ROOT = current.BASE_DIR
DOCS = ROOT / "docs"
BESIDE = ("docs/**/*.md", "tests/**/*.md", "bench/**/*.md", "extensions/**/*.md")
_BESIDE = (page for where in BESIDE for page in ROOT.glob(where) if "node_modules" not in page.parts)
PAGES = sorted([*ROOT.glob("*.md"), *_BESIDE])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def anchor(heading: str) -> str:
    """What a heading is called in an address."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {anchor(line.lstrip("#")) for line in text.splitlines() if line.startswith("#")}


def test_the_pages_made_from_the_code_are_current():
    call_command("makedocs", "--check")


def test_the_check_names_the_page_that_is_not_current_and_the_command_mends_it(settings, tmp_path):
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    settings.BASE_DIR = tmp_path
    page = tmp_path / "docs" / "reference" / "events.md"
    page.write_text(page.read_text().replace("A barista claimed the order", "Somebody did something"))
    with pytest.raises(CommandError, match=r"Not current: docs/reference/events\.md\. Run bin/make-docs\."):
        call_command("makedocs", "--check")
    call_command("makedocs", verbosity=0)
    call_command("makedocs", "--check")


def test_a_part_without_a_place_in_its_page_is_noticed():
    with pytest.raises(ValueError, match="no place for 'moves'"):
        docs_generator.filled("# A page\n", {"moves": "none"})


def test_what_stands_around_a_part_stays():
    marks = "<!-- moves: made by bin/make-docs -->\n{}<!-- end of moves -->"
    page = "before\n" + marks.format("old\n") + "\nafter\n"
    assert docs_generator.filled(page, {"moves": "new"}) == "before\n" + marks.format("\nnew\n") + "\nafter\n"


def test_every_event_with_its_fields_and_every_move_is_told():
    events, life = docs_generator.events(), docs_generator.life()
    for each in all_types():
        section = events.split(f"### {each.name}\n")[1].split("### ")[0]
        assert re.findall(r"^- `(\w+)` \(", section, re.MULTILINE) == list(each.fields)
    assert re.findall(r"^\| `(\w+)` \|", life, re.MULTILINE) == list(processor.EDGES)
    steps = {
        name: re.findall(rf"^\| \*{name}\* \| `(\w+)` \|", life, re.MULTILINE) for name in workflow.CHAINS
    }
    assert steps == {name: [step.__name__ for step in each] for name, each in workflow.CHAINS.items()}


def variables() -> set[str]:
    """What the settings read from the environment."""
    source = "".join(path.read_text() for path in (ROOT / "serverlesspresso" / "settings").glob("*.py"))
    return set(re.findall(r"env\.\w+\(\s*['\"](\w+)", source))


def test_every_variable_of_the_settings_is_explained_and_no_other():
    assert len(variables()) > 15
    explained = re.findall(
        r"^\| `([A-Z_]+)` \|", (DOCS / "reference" / "settings.md").read_text(), re.MULTILINE
    )
    assert sorted(explained) == sorted(variables())


def test_every_slot_is_listed_for_who_writes_an_extension():
    (listed,) = re.findall(r"The slots are (.*?);", (DOCS / "how-to" / "extensions.md").read_text())
    assert re.findall(r"`(\w+)`", listed) == list(SLOTS)


def test_every_figure_of_the_metrics_is_explained_and_no_other():
    samples = [*ROOT.glob("*/samples.py"), *ROOT.glob("serverlesspresso/*/*/samples.py")]
    sources = [ROOT / "serverlesspresso/web/prometheus.py", *samples, *ROOT.glob("extensions/*/*.py")]
    asked = re.findall(r'"serverlesspresso_(\w+)"', "".join(path.read_text() for path in sources))
    counted = [each.name.removeprefix("serverlesspresso_") for each in metrics._made().registry.collect()]
    page = (DOCS / "how-to" / "operate.md").read_text().split("## What to watch")[1].split("As rules")[0]
    cells = re.findall(r"^\| (`[a-z_`, ]+) \|", page, re.MULTILINE)
    explained = [name.removesuffix("_total") for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(explained) == sorted([*asked, *counted])


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, as Docker Compose does."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key stands twice in {sorted(keys)}"
        return super().construct_mapping(node, deep)


def test_docker_compose_can_read_what_the_containers_are():
    services = yaml.load((ROOT / "compose.yaml").read_text(), Strict)["services"]
    assert set(services["bar"]["depends_on"]) < set(services)


def test_containers_are_handed_every_variable_that_is_explained_and_no_other():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    given = services["bar"]["environment"]
    of_the_container = {"HOST", "PORT", "DATA_DIR"}  # where it listens and writes inside, says the image
    assert set(given) - {"PGPASSWORD"} == variables() - of_the_container
    for name, value in given.items():
        assert value is None or value.startswith(("${" + name, "${POSTGRES_PASSWORD:?")), (
            "what is set, counts"
        )


def test_no_password_of_the_containers_has_a_default():
    text = (ROOT / "compose.yaml").read_text()
    read = re.findall(r"\$\{?\w*PASSWORD(.?.?)", text)
    assert read and set(read) == {":?"}, "it is given, or the start ends"


def test_the_image_has_a_user_by_number_and_copies_to_where_it_says():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    (user,) = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert user.isdigit() and int(user) > 0
    for stage in "\n".join(lines).split("\nFROM ")[1:]:
        words = [line.split() for line in stage.splitlines() if line]
        relative = [at for at, each in enumerate(words) if each[0] == "COPY" and not each[-1].startswith("/")]
        said = [at for at, each in enumerate(words) if each[0] == "WORKDIR"]
        assert all(said and said[0] < at for at in relative)


def test_the_image_holds_every_package_of_the_repository():
    kept = re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench", "tests"}
    assert packages | {"static", "templates", "locale"} <= set(kept)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_in_a_page_is_dead(page):
    for address in LINK.findall(page.read_text()):
        if re.match(r"[a-z]+:", address):
            assert address.startswith("https://"), address
            continue
        path, _, part = address.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), address
        if part:
            assert part in anchors(target.read_text()), address


@pytest.mark.parametrize("page", sorted(DOCS.glob("**/*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_every_file_that_a_page_names_is_there(page):
    named = re.findall(r"`((?:\w+/)+\w+\.(?:py|js|css|html))`", page.read_text())
    folders = (ROOT, ROOT / "serverlesspresso", ROOT / "serverlesspresso" / "events")
    made_by_the_reader = ("extensions/tally/", "display/tests/test_motto.py")
    gone = [name for name in named if not any((folder / name).exists() for folder in folders)]
    assert [name for name in gone if not name.startswith(made_by_the_reader)] == []


def test_the_list_of_who_is_handed_what_is_what_the_subscribers_want():
    listed = docs_generator.events().split("## Who is handed what")[1]
    rows = dict(re.findall(r"^- `(\w+)`: (.+)$", listed, re.MULTILINE))
    assert list(rows) == [each.name for each in all_subscribers()]
    everything = {each.name for each in all_types()}
    for each in all_subscribers():
        given = set(re.findall(r"[A-Z]\w+\.\w+", rows[each.name]))
        gets = everything - given if rows[each.name].startswith("all") else given
        assert gets == {name for name in everything if each.wants(name)}
