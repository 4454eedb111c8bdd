"""The part of django-allauth that is used here, under the names it looks for.

Not its pages for managing addresses and numbers: contact data is changed by signing in with another.
"""

from allauth.account import views as allauth
from django.urls import path

from . import views

urlpatterns = [
    path("login/", allauth.login, name="account_login"),
    path("login/code/", views.SendCode.as_view(), name="account_request_login_code"),
    path("login/code/confirm/", views.ConfirmCode.as_view(), name="account_confirm_login_code"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),
]
