"""Settings of every process. What an installation decides is in its environment (docs/reference/settings.md).

Without REDIS_URL everything runs in one process ("embedded"): Celery and the channel layer in memory.
"""

from serverlesspresso.web.csp import POLICY

from .auth import *
from .base import *
from .celery import *
from .database import *
from .logging import *

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
    "serverlesspresso.web.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "serverlesspresso.web.csp.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "serverlesspresso.accounts.identity.VisitorCookieMiddleware",
    "serverlesspresso.accounts.mfa.enforcement.SecondFactorMiddleware",
    "serverlesspresso.web.store_spelling.SpellingMiddleware",
    # The last one wants a thread: so the whole chain crosses over to one once, and not at each link.
    "serverlesspresso.web.error_pages.RefusalMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.tz"],  # |timezone:store.zone
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "serverlesspresso.web.csp.nonce",
            ],
        },
    }
]
ROOT_URLCONF = "serverlesspresso.urls"
ASGI_APPLICATION = "serverlesspresso.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- what leaves the house ---------------------------------------------------------------------------

PRIVATE_HOSTS = env.list("PRIVATE_HOSTS", default=[])

# -- live screens ----------------------------------------------------------------------------------

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": REDIS_PREFIX},
    }
    if REDIS_URL
    else {"BACKEND": "serverlesspresso.server.channel_layer.ThreadSafeInMemoryChannelLayer"}
}
HUB_THREADS = 4

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
CSRF_FAILURE_VIEW = "serverlesspresso.web.error_pages.csrf_failure"
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
        else "serverlesspresso.server.static_files.Storage"
    },
}
