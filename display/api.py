"""The API's call for the code on the wall."""

from django.http import HttpResponse
from django.urls import reverse
from ninja import Router
from pydantic import Field

from config.api import find_store, require
from serverlesspresso.accounts.models import Role
from serverlesspresso.api.api import api
from serverlesspresso.api.auth import Call
from serverlesspresso.api.responses import documented, json_response
from serverlesspresso.api.schemas import Answer, Moment
from serverlesspresso.core import clock, urls

from . import qr_codes

router = Router(tags=["Stores"])
api.add_router("", router)


class Code(Answer):
    """The QR code of the running time window."""

    token: str
    url: str = Field(description="What the QR code says.")
    remaining: int = Field(description="Drinks left.")
    starts_at: Moment
    ends_at: Moment


@router.get("stores/{slug:store}/code", **documented(Code, 403, 404, who="display, manager"))
def get_code(request: Call, store: str) -> HttpResponse:
    """The QR code to show now."""
    found = find_store(store)
    require(request.auth, found, {Role.DISPLAY, Role.MANAGER})
    code = qr_codes.current_code(found)
    return json_response(
        {
            "token": code.token,
            "url": urls.absolute_url(reverse("orders:scan", args=[code.token])),
            "remaining": code.remaining,
            "starts_at": clock.text(code.starts_at),
            "ends_at": clock.text(code.ends_at),
        }
    )
