"""Tokens as the bar's clients send them."""

from rest_framework.authentication import TokenAuthentication


class Bearer(TokenAuthentication):
    """`Authorization: Bearer …`."""

    keyword = "Bearer"
