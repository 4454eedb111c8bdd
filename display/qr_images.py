"""QR codes as the bar shows them: one path, crisp on a screen and in print."""

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from serverlesspresso.core import urls

from . import wall_proof
from .models import Code

QUIET = 4
"""Light modules on every side, which the standard requires as part of the picture."""


def address(code: Code) -> str:
    """What a code's QR code contains: the full address that a phone opens."""
    return urls.absolute_url(f"/q/{code.token}")


def list_address(code: Code) -> str:
    """The address of the waiting list's QR code."""
    return urls.absolute_url(f"/q/{wall_proof.proof(code)}")


def svg(text: str) -> str:
    """An SVG element, always dark on white: a single path with one run of modules per step.

    It has no size of its own: the page gives it one.
    """
    rows = _modules(text)
    path = "".join(
        f"M{start} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for start, length in _runs(row)
    )
    side = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path fill="#000" d="{path}"/></svg>'
    )


def _modules(text: str) -> list[list[bool]]:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(text)
    return code.get_matrix()


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """The runs of dark modules in a row: start and length."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((x, 1))
    return runs
