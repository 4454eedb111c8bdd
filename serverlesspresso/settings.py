"""Settings of every process. What differs between installations is in the environment (docs/settings.md).

Without REDIS_URL everything runs in one process ("embedded"): Celery and the channel layer in memory.
"""

import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from serverlesspresso import datadir
from serverlesspresso.csp import POLICY
from serverlesspresso.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
env = Environment()
# Tests that run side by side share a Redis, and must not hear each other.
REDIS_PREFIX = f"serverlesspresso-test-{os.getpid()}" if TESTING else "serverlesspresso"

# -- where and as what this runs -------------------------------------------------------------------

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
    SECRET_KEY = env.str("SECRET_KEY", "") or datadir.secret_key(DATA_DIR)
except datadir.Unusable as problem:
    raise SystemExit(str(problem)) from None  # one clear line for whoever typed the command

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if PUBLIC_URL:
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname)
elif EMBEDDED and not ALLOWED_HOSTS:
    # A laptop on the bar's router has many names. Nothing is built from the Host header, see addresses.py.
    ALLOWED_HOSTS = ["*"]
ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

# -- what it is made of ----------------------------------------------------------------------------

EXTENSIONS = env.extensions("EXTENSIONS", BASE_DIR / "extensions")
INSTALLED_APPS = [
    "serverlesspresso",
    "serverlesspresso.events",
    "config",
    "serverlesspresso.accounts",
    "display",
    "orders",
    "baristas",
    "organisers",
    "serverlesspresso.api",
    *[f"extensions.{name}" for name in EXTENSIONS],
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "serverlesspresso.watching.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "serverlesspresso.csp.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "serverlesspresso.accounts.person.BrowserMiddleware",
    "serverlesspresso.accounts.second_factor.SecondFactorMiddleware",
    # The last one wants a thread: so the whole chain crosses over to one once, and not at each link.
    "serverlesspresso.refusals.RefusalMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "serverlesspresso.csp.nonce",
            ],
        },
    }
]
ROOT_URLCONF = "serverlesspresso.urls"
ASGI_APPLICATION = "serverlesspresso.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- database --------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "db.sqlite3")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that reads and then writes would otherwise fail at once when another writes.
    _database["OPTIONS"] = {
        "timeout": 10,
        "transaction_mode": "IMMEDIATE",
        # What was answered with success is on the disk. Tests are not about power cuts.
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={'OFF' if TESTING else 'FULL'};",
    }
else:
    from serverlesspresso.postgres import STATEMENT_S, Impatient

    _database["ENGINE"] = "serverlesspresso.postgresql"
    _prepare = env.bool("DATABASE_PREPARE", True)
    _database["OPTIONS"] = _database.get("OPTIONS", {}) | {
        # a test's threads come and go, and its database must have no guests left when it is dropped
        "pool": False
        if TESTING
        else {
            "connection_class": Impatient,
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL", 10),
            "timeout": 3,
            "reconnect_timeout": 2,  # then the next caller tries afresh; pauses would grow
        },
        # To plan a wide question costs more than to answer it: it is planned once for each connection.
        "server_side_binding": _prepare,
        "prepare_threshold": 3 if _prepare else None,
        "connect_timeout": 2,
        "tcp_user_timeout": 4000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "options": f"-c statement_timeout={STATEMENT_S}000 -c lock_timeout=2000"
        " -c idle_in_transaction_session_timeout=10000 -c timezone=UTC",
    }
DATABASE_WAIT = env.int("DATABASE_WAIT", 30)  # seconds in which a server that starts beside us may come up
# Several test runs on one machine must not share a database; threads in a test must, so it is a file.
_database["TEST"] = {
    "NAME": Path(tempfile.gettempdir()) / f"serverlesspresso-test-{os.getpid()}.sqlite3"
    if _database["ENGINE"].endswith("sqlite3")
    else f"test_serverlesspresso_{os.getpid()}"
}
# What is counted so that nobody tries too often must outlive Redis, and be the same in every process.
_alone = TESTING or (EMBEDDED and _database["ENGINE"].endswith("sqlite3"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
    if _alone
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "rate_limits",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# -- Celery: hints, never facts; so no results, no delays, no retries by the broker ----------------

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
    else {"polling_interval": 0.02}
    if _broker == "memory"
    else {"confirm_publish": True}  # RabbitMQ
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
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
    "serverlesspresso.events.*": {"queue": "slow"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = _broker.startswith("redis")  # others cannot
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 20_000
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "orders.tasks.sweep", "schedule": 1.0, "options": {"expires": 2}},
    "deliver": {"task": "serverlesspresso.events.tasks.deliver", "schedule": 1.0, "options": {"expires": 2}},
    "send-due": {
        "task": "serverlesspresso.events.tasks.send_due",
        "schedule": 2.0,
        "options": {"expires": 4},
    },
    "purge-keys": {"task": "serverlesspresso.api.tasks.purge_keys", "schedule": 3600.0},
    "purge": {"task": "serverlesspresso.accounts.tasks.purge", "schedule": 3600.0},
}
COURIER_INLINE = False

# -- what leaves the house ---------------------------------------------------------------------------

PRIVATE_HOSTS = env.list("PRIVATE_HOSTS", default=[])

# -- live screens ----------------------------------------------------------------------------------

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": REDIS_PREFIX},
    }
    if REDIS_URL
    else {"BACKEND": "serverlesspresso.layers.ThreadSafeInMemoryChannelLayer"}
}
HUB_THREADS = 4

# -- people ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
] + [{"NAME": "serverlesspresso.accounts.passwords.OurWordsValidator"}]
if TESTING:  # the real ones are slow on purpose
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "serverlesspresso.accounts.adapter.Adapter"
ACCOUNT_FORMS = {
    "request_login_code": "serverlesspresso.accounts.forms.ContactForm",
    "confirm_login_code": "serverlesspresso.accounts.forms.CodeForm",
    "login": "serverlesspresso.accounts.forms.PasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# A starred phone would stop people who sign in by e-mail; without a password here the sign-in form has none.
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_VERIFICATION = "none"  # the code itself shows that phone or address is theirs
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False  # a guest may turn out to be the barista
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# Everybody at a conference comes from one address: generous per address, strict per phone or mailbox.
_price = max(env.float("SMS_PRICE", 0.1), 0.0001)
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "600/m/ip,3/m/key,5/h/key",
    "code_failed": "100/m/ip",
    "reauthenticate": "10/m/user",
    "login": "600/m/ip",
    "login_failed": "100/m/ip,5/5m/key",
    "signup": "600/m/ip",
    "guest": "600/m/ip",
    "pair": "60/m/ip",
    "waiting": "600/m/ip",
    "invite": "60/m/ip,30/10m/key",  # per store: with 30 open, guessing for a week finds one
    "sms": f"{env.int('SMS_PER_HOUR', 1000)}/h/key",  # all together: a bound on the bill
    "sms_budget": f"{max(int(env.float('SMS_BUDGET', 100) / _price), 1)}/d/key",
    "sms_country": f"{env.int('SMS_PER_COUNTRY', 500)}/d/key",
    "sms_prefix": "20/h/key",
}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SMS_BACKEND = env.str("SMS_BACKEND", "serverlesspresso.accounts.sms.ConsoleBackend")
SMS_OPTIONS = env.options("SMS_OPTIONS")
SMS_COUNTRIES = env.list("SMS_COUNTRIES", default=[])  # such as PT,ES: codes go to these only; empty for all
# A second thing to show besides the password, for managers. The demo on the laptop does without.
SECOND_FACTOR = env.bool("SECOND_FACTOR", HTTPS)
MFA_ADAPTER = "serverlesspresso.accounts.second_factor.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Serverlesspresso"
MFA_TOTP_TOLERANCE = 1  # phones go wrong by half a minute
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # a manager's address is a name to sign in with; it may have no mailbox
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
PHONE_REGION = env.str("PHONE_REGION", "")  # such as PT: numbers may then be typed without their country code
vars().update(env.mail("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"coffee@{urlsplit(PUBLIC_URL).hostname or 'localhost'}")
EMAIL_TIMEOUT = 10

# -- sessions, cookies, headers --------------------------------------------------------------------

COOKIE_PREFIX = _cookie = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_cookie}sessionid"
CSRF_COOKIE_NAME = f"{_cookie}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_cookie}language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "serverlesspresso.refusals.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CONTENT_SECURITY_POLICY = POLICY
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# Browsers ignore this on plain http to a network address, and complain on the console.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
if HTTPS and TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # asked for by machines beside us, without TLS
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # to be preloaded is up to the owner of the domain
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# -- languages and time ----------------------------------------------------------------------------

LANGUAGES = [("en", "English"), ("pt-br", "Português (Brasil)"), ("es", "Español")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# -- static files ----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [path for path in [BASE_DIR / "static"] if path.is_dir()]
_plain = DEBUG or TESTING
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = _plain
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _plain
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# -- what it says ----------------------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", "")
LOG_FORMAT = env.str("LOG_FORMAT", "") or ("line" if sys.stderr.isatty() else "json")
if LOG_FORMAT not in ("line", "json"):
    raise SystemExit(f"LOG_FORMAT is {LOG_FORMAT!r}; it must be line or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "quiet": {"()": "serverlesspresso.logs.Quiet"},
        "about": {"()": "serverlesspresso.logs.About"},
        "masking": {"()": "serverlesspresso.masking.Masking"},
    },
    "formatters": {
        "line": {"()": "serverlesspresso.logs.Line"},
        "json": {"()": "serverlesspresso.logs.Json"},
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
    },
}
