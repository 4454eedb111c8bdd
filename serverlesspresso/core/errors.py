"""Refusals: what the domain says no to, in words a person can act on.

Raised by the one function per state change; turned into a page, a fragment or problem+json in one
place (`serverlesspresso.web.error_pages` for pages, `serverlesspresso.api` for JSON).
"""


class Refusal(Exception):
    """Something that may not be done. Nothing was changed or used up.

    `text` is a whole sentence in the reader's language that says what to do next; `code` its stable
    name; `status` the HTTP status; `errors` sentences by field (422); `retry_at` when to try again
    (UTC), if that is known; `order_status` and `order_id` the order that stands in the way (409); `seen` what
    puts somebody on the waiting list instead.
    """

    status = 409

    def __init__(
        self,
        text,
        *,
        code,
        status=None,
        errors=None,
        retry_at=None,
        order_status=None,
        order_id=None,
        next_url=None,
        next_label=None,
        seen="",
    ):
        super().__init__(text)
        self.text = text
        self.code = code
        self.status = status or self.status
        self.errors = errors or {}
        self.retry_at = retry_at
        self.order_status = order_status
        self.order_id = order_id
        self.next_url = next_url
        self.next_label = next_label
        self.seen = seen


class NotFound(Refusal):
    """There is no such thing, or it is not yours: the two look the same on purpose."""

    status = 404


class Forbidden(Refusal):
    """Your role here does not allow it."""

    status = 403


class Invalid(Refusal):
    """What was sent cannot be understood; `errors` names the fields."""

    status = 422


def invalid_field(field: str, text: str, code: str = "invalid") -> Invalid:
    """The refusal of a single field, whose sentence is that of the whole."""
    return Invalid(text, code=code, errors={field: text})


class RateLimited(Refusal):
    """Too often; `retry_at` says when it is allowed again."""

    status = 429


class Bound(RateLimited):
    """More than one network may do: `bound` names it, for the log and the figures."""

    def __init__(self, text, *, bound: str, **more):
        super().__init__(text, **more)
        self.bound = bound
