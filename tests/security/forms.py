"""The forms that the pages of a scene have, with what stands in them: what a fuzzer begins with."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.db import transaction

from .scene import Scene

Fields = dict[str, list[str]]
"""What a form sends: for each name the values it may have there, the filled-in one first."""
FILE = "\0file"
"""The value of a field that takes a file."""


class _Reader(HTMLParser):
    """Collects the forms of one page, by the address they are sent to."""

    def __init__(self, path: str):
        super().__init__()
        self.path, self.found = path, dict[str, Fields]()
        self.form: Fields = {}
        self.select = self.area = ""

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "form":
            self.form = self._sent_to(said.get("action") or said.get("hx-post") or "")
        elif "hx-post" in said:  # a button that is a form of its own
            self._note(self._sent_to(said["hx-post"]), name, value)
        elif tag == "select":
            self.select = name
        elif tag == "option":
            self._note(self.form, self.select, value, first="selected" in said)
        elif tag == "textarea":
            self.area = name
            self._note(self.form, name, "")
        elif tag in ("input", "button") and name:
            kind = said.get("type")
            self._note(self.form, name, FILE if kind == "file" else value, first="checked" in said)

    def handle_data(self, data):
        if self.area:
            self.form[self.area] = [data.removeprefix("\r\n")]

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = ""

    def _sent_to(self, address: str) -> Fields:
        return self.found.setdefault(urlsplit(urljoin(self.path, address)).path, {})

    def _note(self, form: Fields, name: str, value: str, *, first: bool = False) -> None:
        if name and name != "csrfmiddlewaretoken":
            values = form.setdefault(name, [])
            values.insert(0 if first else len(values), value)


def forms_of(scene: Scene, pages: list[str], kinds: tuple[str, ...]) -> dict[str, Fields]:
    """The forms of these pages as such people see them, by the address they are sent to."""
    found: dict[str, Fields] = {}
    for path in pages:
        for kind in kinds:
            with transaction.atomic():
                page = scene.client(kind).get(path)
                transaction.set_rollback(True)
            if page.status_code == 200 and "html" in page.headers.get("Content-Type", ""):
                reader = _Reader(path)
                reader.feed(page.content.decode())
                for address, fields in reader.found.items():
                    for name, values in fields.items():
                        found.setdefault(address, {}).setdefault(name, values)
    return found
