"""What a page says against itself: what its policy kept from it, and errors on its console."""

from playwright.sync_api import ConsoleMessage, Page

_LISTEN = """window.refused = [];
addEventListener("securitypolicyviolation", (e) =>
  refused.push(`${e.effectiveDirective} of ${e.blockedURI} ${e.sample} (${e.sourceFile}:${e.lineNumber})`))"""


class Listener:
    """Hears one window, from its next page on."""

    def __init__(self, page: Page):
        self.page = page
        self.said: list[str] = []
        page.add_init_script(_LISTEN)
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        document = message.location["url"] == self.page.url and "Failed to load resource" in message.text
        if message.type == "error" and not document:  # a page that is a 404 says so there, too
            self.said.append(f"console: {message.text}")

    def complaints(self) -> list[str]:
        """What was said since the last time this was asked."""
        said = self.said + [f"policy: {each}" for each in self.page.evaluate("window.refused")]
        self.forget()
        return said

    def forget(self) -> None:
        """What the test itself did to the page before does not count."""
        self.said.clear()


def add_style(page: Page, rules: str) -> None:
    """A style sheet of the test's own, in the one way that no policy forbids: it is made, not loaded."""
    page.evaluate(
        "(rules) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(rules);"
        "document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; }",
        rules,
    )
