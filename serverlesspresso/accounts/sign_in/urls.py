"""The part of django-allauth that is used here, under the names it looks for.

Not its pages for managing addresses and numbers: contact data is changed by signing in with another.
"""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as paper
from allauth.mfa.totp import views as totp
from django.urls import path

from serverlesspresso.accounts.mfa import views as second

from . import sessions, views

urlpatterns = [
    path("login/", allauth.login, name="account_login"),
    path("login/code/", views.SendCode.as_view(), name="account_request_login_code"),
    path("login/code/confirm/", views.ConfirmCode.as_view(), name="account_confirm_login_code"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("2fa/", mfa.index, name="mfa_index"),
    path("2fa/authenticate/", second.SecondStep.as_view(), name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", second.SwitchOffApp.as_view(), name="mfa_deactivate_totp"),
    path("2fa/passkeys/add/", second.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("2fa/passkeys/<int:passkey>/remove/", second.remove_passkey, name="mfa_remove_webauthn"),
    path(
        "2fa/reauthenticate/passkey/", second.ShowPasskeyAgain.as_view(), name="mfa_reauthenticate_webauthn"
    ),
    path("2fa/codes/", paper.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/codes/new/", paper.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("sessions/", sessions.sessions, name="usersessions_list"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),
]
