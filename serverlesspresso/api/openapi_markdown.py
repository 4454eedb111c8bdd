"""docs/reference/api.md, made from the OpenAPI description."""

from .openapi_docs import ABOUT, Call, Row, calls, forms
from .problems import CODES

_HEAD = """# The JSON API

Made by `bin/make-docs` from the OpenAPI description; a check keeps it current. A running bar shows the same
at `/api/v1/docs`.
"""


def markdown() -> str:
    """The whole reference as Markdown."""
    parts = [_HEAD, "\n".join(f"- {text}" for text in ABOUT), "", "## Calls", ""]
    parts += [_call(call) for call in calls()]
    parts += ["## Forms", ""]
    for name, text, rows in forms():
        parts += [f"### {name}", "", text, "", _list(rows), ""]
    parts += ["## Problems", ""]
    parts += [f"- `{code}` ({status}): {text}" for code, (status, text) in CODES.items()]
    return "\n".join(parts) + "\n"


def _call(call: Call) -> str:
    lines = [f"### {call.method} {call.path}", "", f"Who: {call.who}. {call.text}", ""]
    if call.parameters:
        lines += ["Query:", "", _list(call.parameters), ""]
    if call.body:
        lines += ["Body:", "", _list(call.body), ""]
    lines += [f"Answer: {call.status} {call.answer}; or a problem: {', '.join(call.refusals)}.", ""]
    return "\n".join(lines)


def _list(rows: list[Row]) -> str:
    return "\n".join(_line(row) for row in rows)


def _line(row: Row) -> str:
    kind = row.type if row.required else f"{row.type}, optional"
    return f"- `{row.name}` ({kind}){f': {row.text}' if row.text else ''}"
