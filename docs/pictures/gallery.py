"""Pictures of every page in every state, size and language, light and dark, and a page that shows them
(`bin/screenshots --all FOLDER`)."""

import os
import tempfile
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS, SIZES
from tests.browser.screens import SCREENS, Screen, Tour

LANGUAGES = ("en", "pt-br", "es")
"""Those of them are taken that the settings offer."""
_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>Serverlesspresso in pictures</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px system-ui;margin:2rem}h2{margin-top:3rem}
div{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0}img{height:320px;border:1px solid #999}</style>
<h1>Every page, in every state</h1>
"""


def gallery(folder: Path, only: list[str]) -> int:
    """Take pictures of the screens whose names begin so (or all), and write index.html; how many they are."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        tour = Tour(Path(scratch))
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium", args=FLAGS
        )
        try:
            wanted = [each for each in SCREENS if not only or each.name.startswith(tuple(only))]
            taken = [file for kind in SIZES for file in _on(browser, tour, kind, wanted, folder)]
        finally:
            browser.close()
            tour.bar.stop()
    (folder / "index.html").write_text(_HEAD + "\n".join(_shown(taken)))
    return len(taken)


def _on(
    browser: Browser, tour: Tour, kind: str, screens: list[Screen], folder: Path
) -> Iterator[tuple[str, Path]]:
    width, height = SIZES[kind]
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
    page = context.new_page()
    for screen in screens:
        for language in _languages() if kind in screen.on else ():
            page.emulate_media(color_scheme="light")
            tour.visit(page, screen, language)
            for theme in ("dark",) if screen.dark else ("light", "dark"):
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                yield (
                    screen.name,
                    _taken(page, folder / f"{screen.name}.{kind}.{language}.{theme}.png", screen),
                )
    context.close()


def _taken(page: Page, file: Path, screen: Screen) -> Path:
    if screen.path.startswith("/display/") and "poster" not in screen.path:
        page.evaluate("document.documentElement.dataset.idle = ''")  # its buttons show only to somebody there
    page.wait_for_timeout(300)
    page.screenshot(path=file)
    return file


def _languages() -> list[str]:
    from serverlesspresso import settings

    offered = [code for code, _name in settings.LANGUAGES]
    return [language for language in LANGUAGES if language in offered]


def _shown(taken: list[tuple[str, Path]]) -> Iterator[str]:
    for name, files in groupby(sorted(taken), key=lambda each: each[0]):
        yield f"<h2>{escape(name)}</h2><div>"
        for _name, file in files:
            source, said = escape(file.name), escape(file.name.removesuffix(".png").replace(".", ", "))
            picture = f'<img loading="lazy" src="{source}" alt="{said}">'
            yield f"<figure>{picture}<figcaption>{said}</figcaption></figure>"
        yield "</div>"
