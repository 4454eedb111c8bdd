"""Facts into the logs of 20 stores at 200 a second, until the last subscriber has had them."""

import json
from collections.abc import Iterator

from bench.figures import AT_MOST, Figure, percentile
from bench.speed import Bench
from bench.stand import ROOT

P50_S, P99_S, STORES = 0.15, 0.5, 20


def run(bench: Bench) -> Iterator[Figure]:
    """One process writes, as a web server would; the bar's workers hand the facts to every subscriber."""
    found = [_publish(bench) for _ in range(bench.runs)]
    yield Figure("facts published", "facts/s", [each["rate"] for each in found])
    p50 = [percentile(each["lags"], 0.5) for each in found]
    p99 = [percentile(each["lags"], 0.99) for each in found]
    yield Figure(
        "fact → last subscriber, p50", "s", p50, AT_MOST, P50_S, f"{found[0]['subscribers']} subscribers"
    )
    yield Figure("fact → last subscriber, p99", "s", p99, AT_MOST, P99_S)
    yield Figure("facts some subscriber never had", "", [each["left"] for each in found], AT_MOST, 0)


def _publish(bench: Bench) -> dict:
    script, stores = str(ROOT / "bench" / "publishing.py"), ",".join(bench.crowd.stores[:STORES])
    return json.loads(bench.bar.run(script, stores, str(bench.seconds)).splitlines()[-1])
