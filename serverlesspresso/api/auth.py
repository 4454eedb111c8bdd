"""Who calls: the user whose token was sent, and nobody else. No session, no cookie counts here."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from serverlesspresso.accounts.models import ApiToken, User, digest
from serverlesspresso.core.db.prepared import PreparedQuery
from serverlesspresso.core.errors import Forbidden

_good = PreparedQuery(
    lambda digest: ApiToken.objects.select_related("user").filter(
        digest=digest, revoked_at=None, user__is_active=True
    )
)


class Call(HttpRequest):
    """A request as an operation gets it, for the type checker: who calls is known."""

    auth: User
    bearer: User | None


class Bearer(HttpBearer):
    """`Authorization: Bearer <token>` of a token that is neither revoked nor expired, of an active user."""

    def authenticate(self, request, token: str) -> User | None:
        """The token's user; one query per request, however often it is asked."""
        if not hasattr(request, "bearer"):
            found = _good.first(digest(token.strip()))
            request.bearer = found.user if found and found.use() else None
        return request.bearer


bearer = Bearer()


def forbidden() -> Forbidden:
    """The refusal for a role that does not reach."""
    return Forbidden(_("Your role at this store does not allow this. Ask a manager."), code="forbidden")
