"""Many requests nobody would think of, on a throw-away database: `python -m bench.fuzz --requests 100000`.

No answer may be 5xx, and none that refuses may have changed anything. Then sockets, a twentieth as many,
with something said over each: none may hear what is not theirs. Says once a minute how far it is, and ends
with 1 if something was wrong. All of it is one process and asks nothing of a network.
"""

import argparse
import logging
import os
import sys
import time
import warnings
from collections import Counter


def main() -> int:
    """Prepare, send, say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=3600, help="stop after so long [3600]")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")
    os.environ["LOG_LEVEL"] = "CRITICAL"
    warnings.simplefilter("ignore")
    import django

    django.setup()
    from django.conf import settings
    from django.test.runner import DiscoverRunner
    from django.test.utils import setup_test_environment

    from serverlesspresso.celery import app

    logging.disable(logging.CRITICAL)
    settings.SEND_INLINE, app.conf.task_always_eager = True, True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    setup_test_environment()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        return _fuzz(chosen.requests, chosen.seconds, chosen.seed)
    finally:
        runner.teardown_databases(databases)


def _fuzz(requests: int, most: float, seed: int) -> int:
    from tests.security.fuzz import Fuzzer
    from tests.security.fuzz_sockets import talk_and_wait
    from tests.security.scene import make_scene

    began = time.monotonic()
    scene = make_scene()
    report = Fuzzer(scene, seed, tell=_say).run(requests, most)
    _say(f"{report.requests:,} requests in {_spent(began)}, seed {seed}")
    _say(_counted(report.answers))
    began = time.monotonic()
    sockets = talk_and_wait(scene, requests // 20, seed)
    _say(f"{sockets.answers.total():,} sockets, {sockets.messages:,} messages in {_spent(began)}")
    _say(_counted(sockets.answers))
    wrong = report.wrong + sockets.wrong
    for line in (f"{len(wrong)} wrong", *wrong[:50]):
        _say(line)
    return bool(wrong)


def _counted(answers: Counter[int]) -> str:
    return ", ".join(f"{status}: {count:,}" for status, count in sorted(answers.items()))


def _spent(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s ({time.process_time():.0f} s of processor so far)"


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
