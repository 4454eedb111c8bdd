"""Many requests nobody would think of, on a throw-away database: `python -m bench.fuzz --requests 100000`.

No answer may be 5xx, and none that refuses may have changed anything. Ends with 1 if one did.
"""

import argparse
import logging
import os
import sys
import time
import warnings


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
    settings.COURIER_INLINE, app.conf.task_always_eager = True, True
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
    from serverlesspresso.tests.security.fuzz import Fuzzer
    from serverlesspresso.tests.security.scene import make_scene

    began = time.monotonic()
    report = Fuzzer(make_scene(), seed).run(requests, most)
    seconds = time.monotonic() - began
    print(f"{report.requests} requests in {seconds:.0f} s, seed {seed}")  # noqa: T201
    print(", ".join(f"{status}: {count}" for status, count in sorted(report.answers.items())))  # noqa: T201
    print(f"{len(report.wrong)} wrong")  # noqa: T201
    for line in report.wrong[:50]:
        print(line)  # noqa: T201
    return bool(report.wrong)


if __name__ == "__main__":
    sys.exit(main())
