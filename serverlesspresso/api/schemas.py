"""What the forms of every app are made of. Unknown fields of a body are ignored."""

from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from serverlesspresso.core.typed_text import is_storable


def _storable(text: str) -> str:
    if not is_storable(text):
        raise PydanticCustomError(
            "text", "{sentence}", {"sentence": _("This text has characters that cannot be stored.")}
        )
    return text


STORABLE = AfterValidator(_storable)
Name = Annotated[str, Field(max_length=60), STORABLE]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


def _open(schema: dict) -> None:
    schema.pop("additionalProperties", None)


class Answer(BaseModel):
    """Exactly these fields, no more. The description does not say so: a client has to bear new ones."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_open)


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
