"""Requests as views get them, and commands of `manage.py` that work on the bar's data."""

from serverlesspresso.server.bootstrap import AppCommand
from serverlesspresso.web.error_pages import Request

__all__ = ["AppCommand", "Request"]
