"""Who people are, how they sign in, how often they may try, and how codes reach them."""

from urllib.parse import urlsplit

from django.conf import global_settings

from .base import HTTPS, PUBLIC_URL, TESTING, TRUSTED_PROXIES, env

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "serverlesspresso.accounts.sign_in.passwords.NoOtherBackend",
    "django.contrib.auth.backends.ModelBackend",  # of guests' sessions
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
] + [{"NAME": "serverlesspresso.accounts.sign_in.passwords.OurWordsValidator"}]
# The first is for passwords; real ones are slow on purpose. PINs have a quick one of their own.
PASSWORD_HASHERS = [
    *(["django.contrib.auth.hashers.MD5PasswordHasher"] if TESTING else global_settings.PASSWORD_HASHERS),
    "serverlesspresso.accounts.pins.PinHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "serverlesspresso.accounts.sign_in.adapter.Adapter"
ACCOUNT_FORMS = {
    "request_login_code": "serverlesspresso.accounts.sign_in.forms.ContactForm",
    "confirm_login_code": "serverlesspresso.accounts.sign_in.forms.CodeForm",
    "login": "serverlesspresso.accounts.sign_in.forms.PasswordForm",
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
    "digits": "300/m/ip",  # at the bar's page; beyond the wrong ones, only those just given are looked up
    "digits_wrong": "30/10m/ip,1000/10m/key",  # per address, and per store
    "sms": f"{env.int('SMS_PER_HOUR', 1000)}/h/key",  # all together: a bound on the bill
    "sms_budget": f"{max(int(env.float('SMS_BUDGET', 100) / _price), 1)}/d/key",
    "sms_country": f"{env.int('SMS_PER_COUNTRY', 500)}/d/key",
    "sms_prefix": "20/h/key",
    "mail": f"{env.int('MAIL_PER_DAY', 5000)}/d/key",
}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SMS_BACKEND = env.str("SMS_BACKEND", "serverlesspresso.accounts.sms.backends.ConsoleBackend")
SMS_OPTIONS = env.options("SMS_OPTIONS")
SMS_COUNTRIES = env.list("SMS_COUNTRIES", default=[])  # such as PT,ES: codes go to these only; empty for all
# A second thing to show besides the password, for managers. The demo on the laptop does without.
SECOND_FACTOR = env.bool("SECOND_FACTOR", HTTPS)
MFA_ADAPTER = "serverlesspresso.accounts.mfa.enforcement.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False  # besides the password, never instead of it
MFA_FORMS = {
    "activate_totp": "serverlesspresso.accounts.mfa.code_forms.FirstCode",
    "authenticate": "serverlesspresso.accounts.mfa.code_forms.ShowCode",
    "reauthenticate": "serverlesspresso.accounts.mfa.code_forms.ShowCodeAgain",
    "add_webauthn": "serverlesspresso.accounts.mfa.forms.AddPasskey",
    "authenticate_webauthn": "serverlesspresso.accounts.mfa.forms.ShowPasskey",
    "reauthenticate_webauthn": "serverlesspresso.accounts.mfa.forms.ShowPasskeyAgain",
}
MFA_TOTP_ISSUER = "Serverlesspresso"
MFA_TOTP_TOLERANCE = 1  # phones go wrong by half a minute
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # a manager's address is a name to sign in with; it may have no mailbox
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
PHONE_REGION = env.str("PHONE_REGION", "")  # such as PT: numbers may then be typed without their country code
vars().update(env.mail("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"coffee@{urlsplit(PUBLIC_URL).hostname or 'localhost'}")
EMAIL_TIMEOUT = 10
