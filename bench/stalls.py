"""What holds up everybody: the longest turns of a web process's event loop beside many open phones.

`.venv/bin/python -m bench.stalls [--phones 1000] [--seconds 30]` starts a web process of its own, on
SQLite, opens phones at it that show a store, and lets it be. It prints, in milliseconds of processor time,
the longest turns (one round of the loop each) and the longest full collections of garbage: while the phones
join, and after.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from .wire import Phone

ROOT = Path(__file__).resolve().parent.parent
PROBE = """
import asyncio.base_events, gc, json, signal, sys, time
from serverlesspresso.server import daphne

turns, searches, began = [], [], 0.0
once = asyncio.base_events.BaseEventLoop._run_once

def timed(loop):
    before = time.thread_time()
    once(loop)
    turns.append((time.thread_time() - before) * 1000)

def searched(phase, info):
    global began
    if phase == "start":
        began = time.thread_time()
    elif info["generation"] == 2:
        searches.append((time.thread_time() - began) * 1000)

def say(*_):
    print(json.dumps([sorted(turns)[-5:], sorted(searches)[-3:], len(turns)]), flush=True)
    turns.clear(), searches.clear()

asyncio.base_events.BaseEventLoop._run_once = timed
gc.callbacks.append(searched)
signal.signal(signal.SIGUSR1, say)
daphne.serve(int(sys.argv[1]))
"""


async def listen(port: int, phones: int, seconds: float, process) -> tuple[list, Counter]:
    """Open so many phones; what the process says of the time until then and after, and how many phones heard
    how many frames after."""
    heard: Counter[int] = Counter()

    def ear(number: int):
        return lambda _text: heard.update([number])

    open_ones = []
    for first in range(0, phones, 50):
        batch = (
            Phone(f"http://127.0.0.1:{port}", "/ws/stores/ABC/?lang=en", ear(number), {}).connect()
            for number in range(first, min(first + 50, phones))
        )
        open_ones += await asyncio.gather(*batch)
    await asyncio.sleep(3)
    process.send_signal(signal.SIGUSR1)
    joining = json.loads(await asyncio.to_thread(process.stdout.readline))
    heard.clear()
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGUSR1)
    quiet = json.loads(await asyncio.to_thread(process.stdout.readline))
    return [joining, quiet], Counter(heard[number] for number in range(phones))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--phones", type=int, default=1000)
    arguments.add_argument("--seconds", type=float, default=30)
    options = arguments.parse_args()
    from serverlesspresso.server import daphne

    with tempfile.TemporaryDirectory() as folder:
        ours = ("DATABASE_URL", "REDIS_URL")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment |= {"DATA_DIR": folder, "DEBUG": "1"}
        for command in ("migrate", "seed"):
            subprocess.run(
                [sys.executable, "manage.py", command],
                cwd=ROOT,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        listener = daphne.listen("127.0.0.1", 0)
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROBE, str(listener.fileno())],
            cwd=ROOT,
            env=environment,
            pass_fds=[listener.fileno()],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        port = listener.getsockname()[1]
        try:
            time.sleep(5)
            said, heard = asyncio.run(listen(port, options.phones, options.seconds, process))
        finally:
            process.kill()
            process.wait()
    for phase, (turns, searches, count) in zip(("joining", "quiet"), said, strict=True):
        sys.stdout.write(f"{phase}: longest turns {_listed(turns)} ms, of {count}; ")
        sys.stdout.write(f"collections {_listed(searches)} ms\n")
    sys.stdout.write(f"phones by frames heard: {dict(sorted(heard.items()))}\n")


def _listed(numbers: list[float]) -> str:
    return ", ".join(f"{each:.0f}" for each in reversed(numbers)) or "none"


if __name__ == "__main__":
    main()
