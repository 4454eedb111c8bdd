"""`manage.py token`: secrets with which programs act as somebody."""

import datetime as dt

from django.contrib.auth.hashers import make_password
from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import Q

from config.models import Store
from serverlesspresso.accounts.models import ApiToken, Membership, Role, User
from serverlesspresso.core import clock
from serverlesspresso.core.typed_text import plain
from serverlesspresso.server.bootstrap import AppCommand

CUSTOMER = "customer"
MOST = 100_000
MOST_DAYS = 3650


class Command(AppCommand):
    """Prints one new API token a line, nothing else."""

    help = "Prints an API token for a user, one a line; with --create the user is made if need be."

    def add_arguments(self, parser):
        """The contract's arguments."""
        parser.add_argument("name", metavar="NAME", help="name or e-mail address of the user")
        parser.add_argument("--role", choices=[CUSTOMER, *Role.values], help="given at the store [customer]")
        parser.add_argument("--store", metavar="SLUG", help="where a role is given [ABC]")
        parser.add_argument("--create", action="store_true", help="make the user when there is none")
        parser.add_argument("--count", type=int, metavar="N", help="tokens for NAME-1 to NAME-N")
        parser.add_argument(
            "--label", default="", metavar="TEXT", help="what it is for, as the admin lists it"
        )
        parser.add_argument("--days", type=int, metavar="N", help="it expires after so many days [never]")

    @transaction.atomic
    def handle(self, *args, name, role, store, create, count, label, days, **options):
        """Find or make the users, give them the role, print a new token for each."""
        name = name if "\0" in name else plain(name)
        if not 0 < len(name) <= 50 or "\0" in name:
            raise CommandError("NAME must have 1 to 50 characters.")
        if count is not None and not 1 <= count <= MOST:
            raise CommandError(f"--count must be from 1 to {MOST}.")
        if len(label) > 50 or "\0" in label:
            raise CommandError("--label may have 50 characters.")
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be from 1 to {MOST_DAYS}.")
        bar = _store(store or "ABC") if store or role not in (None, CUSTOMER) else None
        names = [name] if count is None else [f"{name}-{n}" for n in range(1, count + 1)]
        users = _users(name, names, create=create, many=count is not None)
        if bar and role in Role.values:
            _give(users, bar, role)
        expires = clock.now() + dt.timedelta(days=days) if days else None
        self.stdout.write("\n".join(_issue(users, name=label, expires_at=expires)))


def _store(slug: str) -> Store:
    found = Store.objects.current().filter(slug__iexact=slug).first()
    if found is None:
        raise CommandError(f"There is no store {slug}. Make it with: manage.py store {slug} --create")
    return found


def _users(name: str, names: list[str], *, create: bool, many: bool) -> list[User]:
    """The users of these names, in order. Customers are left out: they call themselves what they like."""
    known = User.objects.filter(is_guest=False, is_active=True).filter(
        Q(is_device=True) | Q(memberships__isnull=False) | Q(is_superuser=True) | Q(email=name.lower())
    )
    # One lookup for thousands of names: a list of them would be too long for a query.
    named = (
        known.filter(name__startswith=f"{name}-")
        if many
        else known.filter(Q(name=name) | Q(email=name.lower()))
    )
    found: dict[str, User] = {}
    for user in named.order_by("is_device", "-pk"):
        found[user.name if many else name] = user
    missing = [each for each in names if each not in found]
    if missing and not create:
        raise CommandError(f"There is nobody called {missing[0]}. Add --create to make a user of that name.")
    made = [User(name=each, is_device=True, password=make_password(None)) for each in missing]
    found |= {user.name: user for user in User.objects.bulk_create(made, batch_size=1000)}
    return [found[each] for each in names]


def _give(users: list[User], store: Store, role: str) -> None:
    Membership.objects.bulk_create(
        [Membership(user=user, store=store, role=role) for user in users],
        batch_size=1000,
        update_conflicts=True,
        update_fields=["role"],
        unique_fields=["user", "store"],
    )


def _issue(users: list[User], **fields) -> list[str]:
    tokens = [ApiToken(user=user, **fields) for user in users]
    made = [token.renew() for token in tokens]
    ApiToken.objects.bulk_create(tokens, batch_size=1000)
    return made
