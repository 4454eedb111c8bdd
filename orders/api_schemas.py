"""The forms of the API's calls about orders: what is sent, and what is answered."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StrictBool

from serverlesspresso.api.schemas import STORABLE, Answer, Moment, Name

from .models import Status

# -- what is sent ----------------------------------------------------------------------------------


class Scan(BaseModel):
    """What a scan found."""

    token: str = Field(description="The last part of the QR code's address.")


class Drink(BaseModel):
    """A drink with its options, by `name` as in the menu."""

    drink: Name = Field(description="`name` of a drink on the menu.")
    modifiers: list[Name] = Field(default=[], max_length=50, description="`name`s of its options.")


class WalkUp(Drink):
    """A drink for somebody without a phone."""

    name: str | None = Field(default=None, description="For the cup; 30 characters at most.")


class Make(BaseModel):
    """How an order is claimed."""

    take_over: StrictBool = Field(default=False, description="Also from a colleague who has claimed it.")


class Cancel(BaseModel):
    """Why an order is cancelled."""

    reason: Annotated[str, Field(max_length=200), STORABLE] | None = Field(
        default=None,
        description="`sold_out`, `machine`, `unclear`, `duplicate`, or any text; the owner sees it.",
    )


# -- what is answered ------------------------------------------------------------------------------


class Eta(Answer):
    """When a drink is expected, in seconds from now."""

    from_: int = Field(alias="from")
    to: int


class Reason(Answer):
    """Why an order ended."""

    code: str
    text: str = Field(description="For the owner, in the caller's language.")


class Order(Answer):
    """One drink for one person. Times are RFC 3339 in UTC."""

    id: str
    store: str
    series: int | None
    number: int | None = Field(description="The number on the board; counts within the series.")
    status: str = Field(
        description="`validating`, `choosing`, `submitted`, `queued`, `making`, `ready`, `collected`, "
        "`cancelled`, `timed_out` or `rejected`.",
        json_schema_extra={"enum": [*Status.values]},
    )
    drink: str | None
    modifiers: list[str]
    position: int | None = Field(description="1 for the next to be made; null when not waiting.")
    eta: Eta | None = Field(
        description="Whole minutes, as the phone says. Null when not waiting, or nobody can honestly say."
    )
    created_at: Moment
    submitted_at: Moment | None
    claimed_at: Moment | None
    completed_at: Moment | None
    finished_at: Moment | None
    deadline_at: Moment | None = Field(description="When its time is up; null when no clock runs.")
    reason: Reason | None
    barista: str | None = Field(description="A display name.")
    version: int = Field(description="Grows with every change.")


class Orders(Answer):
    """A page of orders."""

    items: list[Order]
    next: str | None = Field(description="Send it as `after` for the next page; null on the last.")


class Event(Answer):
    """A CloudEvent (1.0) of the store's log; docs/reference/events.md has the types and their data."""

    specversion: str
    id: str
    source: str = Field(description="`/stores/` and the store.")
    type: str
    subject: str | None = Field(default=None, description="The order's id, where it is about one.")
    time: Moment
    datacontenttype: str
    sequence: int = Field(description="1, 2, 3 … per store, without a gap.")
    schemaversion: int = Field(description="Of the fields of this type: one higher when they change.")
    data: dict[str, Any]


class Events(Answer):
    """A page of the log."""

    items: list[Event]
    next: int | None = Field(
        description="A sequence: send it as `after` for the next page; null on the last."
    )
