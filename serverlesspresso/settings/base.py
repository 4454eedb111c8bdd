"""Where and as what this runs: what the other settings depend on."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from serverlesspresso.core import data_dir
from serverlesspresso.core.env import Environment

BASE_DIR = Path(__file__).resolve().parents[2]
TESTING = "pytest" in sys.modules
env = Environment()
# Tests that run side by side share a Redis, and must not hear each other.
REDIS_PREFIX = f"serverlesspresso-test-{os.getpid()}" if TESTING else "serverlesspresso"

HOST = env.str("HOST", "") or "0.0.0.0"  # noqa: S104  (phones on the same Wi-Fi must reach it)
PORT = env.port("PORT")
DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "data").resolve()
DEBUG = env.bool("DEBUG", False)
REDIS_URL = env.redis("REDIS_URL")
EMBEDDED = not REDIS_URL
PUBLIC_URL = env.public_url("PUBLIC_URL")
HTTPS = PUBLIC_URL.startswith("https://")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # older ones, while they are exchanged
try:
    SECRET_KEY = env.str("SECRET_KEY", "") or data_dir.secret_key(DATA_DIR)
except data_dir.Unusable as problem:
    raise SystemExit(str(problem)) from None  # one clear line for whoever typed the command

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if PUBLIC_URL:
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname)
elif EMBEDDED and not ALLOWED_HOSTS:
    # A laptop on the bar's router has many names. Nothing is built from the Host header, see addresses.py.
    ALLOWED_HOSTS = ["*"]
ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
