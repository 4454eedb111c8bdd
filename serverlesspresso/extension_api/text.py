"""Text that somebody typed, tables in a file, percentiles, and durations as a person says them."""

from serverlesspresso.core.durations import humanize
from serverlesspresso.core.percentiles import percentile
from serverlesspresso.core.tables import WrongLine, decode, write
from serverlesspresso.core.typed_text import AddressField, LineField, find, key, plain

__all__ = [
    "AddressField",
    "LineField",
    "WrongLine",
    "decode",
    "find",
    "humanize",
    "key",
    "percentile",
    "plain",
    "write",
]
