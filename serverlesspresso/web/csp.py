"""The content security policy: what a page of ours may load."""

from csp.constants import NONCE, NONE, SELF
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import DisallowedHost

POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "data:"],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "object-src": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

NO_DEVICES = ", ".join(
    f"{device}=()"
    for device in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
        *("microphone", "midi", "payment", "usb"),
    )
)
"""Permissions-Policy: what the bar never uses. Codes are read by the phone's own camera, outside of us."""


class PolicyMiddleware(CSPMiddleware):
    """The policy above, with this host's sockets; Django's admin has scripts of its own, without nonces."""

    def get_policy_parts(self, request, response, report_only=False) -> PolicyParts:
        """Add what depends on the request. Older Safari does not count ws: as 'self', so it is named."""
        parts = super().get_policy_parts(request, response, report_only)
        update = {"connect-src": _socket_origin(request)}
        if request.path.startswith("/admin/"):
            update["script-src"] = SELF
        parts.update = {**update, **(parts.update or {})}
        return parts

    def process_response(self, request, response):
        """Also what no page of ours, and nothing in it, may ask a phone for."""
        response.headers.setdefault("Permissions-Policy", NO_DEVICES)
        return super().process_response(request, response)


def _socket_origin(request) -> str | None:
    try:
        return f"{'wss' if settings.HTTPS else 'ws'}://{request.get_host()}"
    except DisallowedHost:
        return None


def nonce(request) -> dict[str, str]:
    """Context processor: `csp_nonce`, the name that django-htmx's tags look for."""
    made = getattr(request, "csp_nonce", None)
    return {"csp_nonce": "" if made is None else str(made)}
