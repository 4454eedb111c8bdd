"""Refusals: a sentence for whoever asked, a code, and nothing changed."""

from serverlesspresso.core.errors import Forbidden, Invalid, NotFound, RateLimited, Refusal, invalid_field

__all__ = ["Forbidden", "Invalid", "NotFound", "RateLimited", "Refusal", "invalid_field"]
