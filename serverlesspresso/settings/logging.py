"""What it says of itself: figures and logs."""

import sys

from .base import env

METRICS_TOKEN = env.str("METRICS_TOKEN", "")
_WATCHED = sys.stdout.isatty() or sys.stderr.isatty()
LOG_FORMAT = env.str("LOG_FORMAT", "") or ("line" if _WATCHED else "json")
if LOG_FORMAT not in ("line", "json"):
    raise SystemExit(f"LOG_FORMAT is {LOG_FORMAT!r}; it must be line or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "quiet": {"()": "serverlesspresso.core.log_context.QuietFilter"},
        "about": {"()": "serverlesspresso.core.log_context.ContextFilter"},
        "masking": {"()": "serverlesspresso.core.redaction.RedactionFilter"},
    },
    "formatters": {
        "line": {"()": "serverlesspresso.core.log_context.LineFormatter"},
        "json": {"()": "serverlesspresso.core.log_context.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["quiet", "about", "masking"],
        }
    },
    "root": {"handlers": ["console"], "level": env.log_level("LOG_LEVEL")},
    "loggers": {
        "django": {"level": "INFO", "handlers": [], "propagate": True},
        "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
        "django.channels.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        # on a terminal a line for each guest would carry the addresses and passwords away
        "serverlesspresso.accounts.signals": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        "fido2": {"level": "WARNING"},  # names passkeys, each of which is somebody's
    },
}
