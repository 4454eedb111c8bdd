"""The app's icons as PNG, of static/favicon.svg: `.venv/bin/python docs/pictures/icons.py` (Chromium)."""

import os
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
SIZES = {"app-180": (180, 1.0, True), "app-192": (192, 1.0, False), "app-512": (512, 1.0, False)}
"""Name, side in pixels, part of the side that the drawing takes, and whether its corners are filled."""
SIZES |= {"maskable-512": (512, 0.72, True)}
GROUND = "#21140d"


def main() -> None:
    """Draw each icon on a page of its size, and take a picture of it."""
    svg = (ROOT / "static" / "favicon.svg").read_text()
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name, (side, part, filled) in SIZES.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            ground = GROUND if filled else "transparent"
            page.set_content(
                f"<style>body{{margin:0;background:{ground};display:grid;place-items:center;height:100vh}}"
                f"svg{{width:{part * 100}vw}}</style>{svg}"
            )
            page.screenshot(path=ROOT / "static" / "icons" / f"{name}.png", omit_background=not filled)
        browser.close()


if __name__ == "__main__":
    main()
