"""Celery: hints, never facts; so no results, no delays, no retries by the broker."""

from urllib.parse import urlsplit

from .base import EMBEDDED, REDIS_PREFIX, REDIS_URL, env

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or REDIS_URL or "memory://localhost/"
if EMBEDDED and not CELERY_BROKER_URL.startswith("memory:"):
    raise SystemExit("CELERY_BROKER_URL is for a bar in several processes: give REDIS_URL too.")
_broker = urlsplit(CELERY_BROKER_URL).scheme
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,  # the default looks for lost tasks every 100 s only
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "retry_on_timeout": False,
        "global_keyprefix": f"{REDIS_PREFIX}:",
    }
    if _broker.startswith("redis")
    else {}
    if _broker == "memory"
    else {"confirm_publish": True}  # RabbitMQ
)
CELERY_BROKER_TRANSPORT = (
    "serverlesspresso.server.memory_transport:Transport" if _broker == "memory" else None
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None  # or beat would clean up, at four in the morning by the machine's clock
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_TASK_TIME_LIMIT = 30
CELERY_TASK_SOFT_TIME_LIMIT = 20
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "workflow"
CELERY_TASK_ROUTES = {
    "extensions.*": {"queue": "slow"},
    "serverlesspresso.accounts.*": {"queue": "slow"},
    "serverlesspresso.events.tasks.dispatch": {"queue": "dispatch"},
    "serverlesspresso.events.tasks.deliver": {"queue": "dispatch"},
    "serverlesspresso.events.*": {"queue": "slow"},
    # What leaves the house has threads of its own, and each receiver a share of them (events/bulkhead.py).
    "serverlesspresso.events.tasks.send": {"queue": "outgoing"},
    "serverlesspresso.events.tasks.send_due": {"queue": "outgoing"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = _broker.startswith("redis")  # others cannot
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 20_000
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = {
    "every-second": {"task": "orders.tasks.sweep", "schedule": 1.0, "options": {"expires": 2}},
    "purge-keys": {"task": "serverlesspresso.api.tasks.purge_keys", "schedule": 3600.0},
    "purge": {"task": "serverlesspresso.accounts.tasks.purge", "schedule": 3600.0},
}
SEND_INLINE = False
