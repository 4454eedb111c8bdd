"""First byte of the pages as one process gives it, what a phone loads the first time, and their queries."""

import asyncio
import json
import re
from collections.abc import Iterator

from bench.figures import AT_MOST, Figure, percentile
from bench.speed import Bench
from bench.stand import Crowd, Stand
from bench.wire import Http

TTFB_MS, FIRST_KIB = 30, 60
_ASSET = re.compile(r'(?:src|href)="(/static/[^"]+)"')


def run(bench: Bench) -> Iterator[Figure]:
    """Embedded, nobody else there: what a small bar's pages take."""
    stand, crowd = bench.embedded, bench.embedded_crowd
    store = crowd.stores[0]
    pages = {
        "start page": ("/", None),
        "store": (f"/s/{store}/", None),
        "scan": (f"/q/{crowd.codes[store]}", None),
        "my orders": ("/orders/", crowd.sessions["customers"][0]),
        "tablet": (f"/barista/{store}/", crowd.sessions[f"barista-{store}"][0]),
        "wall": (f"/display/{store}/", crowd.sessions[f"display-{store}"][0]),
    }
    for name, (path, session) in pages.items():
        found = [asyncio.run(_first_bytes(stand, path, session)) for _ in range(bench.runs)]
        yield Figure(f"{name}: first byte, p50", "ms", found, AT_MOST, TTFB_MS)
    yield Figure(
        "first customer page, everything", "KiB", [asyncio.run(_whole(stand, crowd))], AT_MOST, FIRST_KIB
    )
    yield from _queries(stand, store)


async def _first_bytes(stand: Stand, path: str, session: str | None) -> float:
    http = Http(stand.url, "Accept-Encoding: gzip", "Accept: text/html")
    http.cookies = {"sessionid": session} if session else {}
    found = []
    for _ in range(30):
        answer = await http.send("GET", path)
        if answer.status != 200:
            raise ValueError(f"{path}: {answer.status}")
        found.append(answer.seconds)
    http.close()
    return percentile(found[5:], 0.5) * 1000


async def _whole(stand: Stand, crowd: Crowd) -> float:
    """KiB over the wire of the page behind the QR code and all it names, headers left out."""
    http = Http(stand.url, "Accept-Encoding: br, gzip", "Accept: */*")
    page = f"/q/{crowd.codes[crowd.stores[0]]}"
    plain = (await Http(stand.url).send("GET", page)).body.decode()
    size = len((await http.send("GET", page)).body)
    for asset in sorted(set(_ASSET.findall(plain))):
        size += len((await http.send("GET", asset)).body)
    http.close()
    return size / 1024


def _queries(stand: Stand, store: str) -> Iterator[Figure]:
    """Queries of a page with few orders and with many: they must be the same."""
    for name, counts in json.loads(stand.run(str(stand.root / "bench" / "queries.py"), store)).items():
        few, many = counts
        yield Figure(f"{name}: queries", "", [many], AT_MOST, few, f"{few} with 1 order, {many} with 25")
