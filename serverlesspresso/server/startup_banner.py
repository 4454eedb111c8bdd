"""What the terminal says when the bar has started."""

import io
import json

import qrcode
from django.conf import settings

from config.demo import DEMO_SLUG
from serverlesspresso.accounts import first_run
from serverlesspresso.core import urls
from serverlesspresso.core.terminal import one_line


def text(colours: bool = False) -> str:
    """Addresses, who each page is for, a QR code for phones on this network, and the demo sign-ins."""
    local, public = urls.local_url(), urls.base_url()
    lines = ["", "Serverlesspresso is open.", "", f"  on this machine    {local}/"]
    if public != local:
        lines.append(f"  for phones         {public}/")
    if claim := first_run.address():
        lines += ["", "Nobody runs it yet. Make the first account here, in a browser:", "", f"  {claim}", ""]
    elif settings.EMBEDDED:
        lines += [*_pages(public), _qr(f"{public}/s/{DEMO_SLUG}/", colours), *_staff()]
    return "\n".join([*lines, "Ctrl-C stops it.", ""])


def _pages(base: str) -> list[str]:
    return [
        "",
        f"  the big screen     {base}/display/{DEMO_SLUG}/",
        f"  baristas           {base}/barista/{DEMO_SLUG}/",
        f"  organisers         {base}/organise/",
        f"  managers           {base}/admin/",
        f"  customers          {base}/s/{DEMO_SLUG}/  (or this code, for a phone on the same network)",
        "",
    ]


def _qr(address: str, colours: bool) -> str:
    code = qrcode.QRCode(border=2)
    code.add_data(address)
    out = _Terminal() if colours else io.StringIO()
    code.print_ascii(out=out, tty=colours, invert=not colours)
    return out.getvalue()


class _Terminal(io.StringIO):
    """qrcode asks before it uses colours."""

    def isatty(self) -> bool:
        return True


def _staff() -> list[str]:
    """The demo sign-ins that `seed` made, while its file is still there."""
    try:
        people = json.loads((settings.DATA_DIR / "staff.json").read_text())
    except (OSError, ValueError):
        return []
    rows = [f"  {person['role']:<18} {person['email']:<24} {person['password']}" for person in people]
    rows = [one_line(row) for row in rows]
    return ["Demo sign-ins (kept in staff.json in the data folder):", "", *rows, ""]
