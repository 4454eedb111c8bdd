"""The forms of what is sent and what is answered. Unknown fields of a body are ignored."""

from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool
from pydantic_core import PydanticCustomError

from orders.models import Status

# -- what is sent ----------------------------------------------------------------------------------


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError(
            "text", "{sentence}", {"sentence": _("This text has characters that cannot be stored.")}
        )
    return text


_STORABLE = AfterValidator(_storable)
Name = Annotated[str, Field(max_length=60), _STORABLE]


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


class StoreStatus(BaseModel):
    """What is left out stays as it is."""

    open: StrictBool | None = Field(default=None, description="Managers only.")
    paused: StrictBool | None = None


class Availability(BaseModel):
    """A drink, or with `option` one of its options: sold out, or back."""

    drink: Name
    option: Name | None = Field(default=None, description="Counts for all drinks it comes with.")
    available: StrictBool


class Make(BaseModel):
    """How an order is claimed."""

    take_over: StrictBool = Field(default=False, description="Also from a colleague who has claimed it.")


class Cancel(BaseModel):
    """Why an order is cancelled."""

    reason: Annotated[str, Field(max_length=200), _STORABLE] | None = Field(
        default=None,
        description="`sold_out`, `machine`, `unclear`, `duplicate`, or any text; the owner sees it.",
    )


# -- what is answered ------------------------------------------------------------------------------

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


def _open(schema: dict) -> None:
    schema.pop("additionalProperties", None)


class Answer(BaseModel):
    """Exactly these fields, no more. The description does not say so: a client has to bear new ones."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_open)


class Option(Answer):
    """One thing to choose."""

    name: str
    label: str = Field(description="The name in the caller's language.")
    available: bool


class Modifier(Answer):
    """A choice that comes with a drink: at least `min`, at most `max` of its options."""

    name: str
    label: str
    min: int
    max: int
    options: list[Option]


class MenuDrink(Answer):
    """Something on the menu."""

    name: str
    label: str
    icon: str
    available: bool
    modifiers: list[Modifier]


class Menu(Answer):
    """Everything a store offers, sold out or not."""

    drinks: list[MenuDrink]


class Store(Answer):
    """A bar at a conference."""

    store: str = Field(description="Its short name, as in addresses.")
    name: str
    open: bool
    paused: bool
    language: str = Field(description="Of the display, such as `en`.")
    menu: Menu


class Code(Answer):
    """The QR code of the running time window."""

    token: str
    url: str = Field(description="What the QR code says.")
    remaining: int = Field(description="Drinks left.")
    starts_at: Moment
    ends_at: Moment


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


class Problem(BaseModel):
    """Why something was not done (RFC 9457). Nothing was changed."""

    type: str = Field(description="An address that explains the code.")
    title: str
    status: int
    code: str = Field(description="Stable; see the table of codes.")
    detail: str = Field(description="A sentence for people, in the caller's language.")
    errors: dict[str, str] | None = Field(default=None, description="422: a sentence by field.")
    order_status: str | None = Field(default=None, description="409: the status of the order in question.")
    order_id: str | None = Field(default=None, description="409: the order in question.")
    retry_at: Moment | None = Field(default=None, description="When to try again, if that is known.")
