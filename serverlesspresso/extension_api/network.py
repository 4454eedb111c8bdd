"""Addresses that somebody typed in: reached only where they are outside; and this bar's own address."""

from serverlesspresso.core import safe_http
from serverlesspresso.core.destinations import PRINTER_PORTS, is_refused
from serverlesspresso.core.urls import absolute_url

__all__ = ["PRINTER_PORTS", "absolute_url", "is_refused", "safe_http"]
