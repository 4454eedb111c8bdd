"""What is kept about people, for how long, and how it goes (rule book: stores; /privacy/ says it to them).

Each app that keeps something says so with a `Keeper`; this module asks them all, and writes a receipt.
"""

import datetime as dt
from collections import Counter

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from config.models import Store
from serverlesspresso.accounts.identity import Person
from serverlesspresso.accounts.models import Receipt, User
from serverlesspresso.core import clock
from serverlesspresso.core.errors import Refusal

from . import forgotten_contacts

KEPT_DAYS = 7
"""How long after a store's last day names, contact data and typed reasons are kept."""
UNVERIFIED = dt.timedelta(days=1)
"""How long a contact is kept whose code never came back; codes themselves are good for ten minutes."""
_BATCH = 500


class PersonalDataProvider:
    """An app that keeps something about people. Counts are by what it is called in a receipt."""

    def export(self, person: Person) -> dict:
        """All it keeps about a person, as JSON has it."""
        return {}

    def refusal(self, person: Person) -> Refusal | None:
        """Why a person's data cannot go now; None if it can."""
        return None

    def erase(self, person: Person) -> Counter[str]:
        """Forget a person who asked for it."""
        return Counter()

    def purge(self, store: Store) -> Counter[str]:
        """Forget the people of a store that is over; totals stay. Doing it again changes nothing."""
        return Counter()

    def needs(self, users: QuerySet[User]) -> QuerySet[User]:
        """Those of these users that have something at a store that is not over."""
        return users.none()

    def let_go(self, users: list[int]) -> Counter[str]:
        """These users are about to be deleted."""
        return Counter()


_keepers: list[PersonalDataProvider] = []


def register(keeper: PersonalDataProvider) -> PersonalDataProvider:
    """Have an app asked from now on."""
    _keepers.append(keeper)
    return keeper


# -- on request by the person -----------------------------------------------------------------------


def export(person: Person) -> dict:
    """Everything that is kept about somebody."""
    user = person.user
    about: dict = {"exported_at": clock.text(clock.now())}
    if user:
        about["account"] = {
            "name": user.name,
            "email": user.email,
            "phone": user.phone,
            "since": clock.text(user.date_joined),
            "last_sign_in": clock.text(user.last_login),
            "roles": [
                {"store": each.store.slug, "role": each.role}
                for each in user.memberships.select_related("store")
            ],
            "sessions": [
                {"since": clock.text(each.created_at), "address": each.ip, "browser": each.user_agent}
                for each in UserSession.objects.filter(user=user)
            ],
            "tokens": [
                {"made": clock.text(each.made_at), "revoked": clock.text(each.revoked_at)}
                for each in user.tokens.order_by("pk")
            ],
            "second_step": [_shown(each) for each in Authenticator.objects.filter(user=user).order_by("pk")],
        }
    for keeper in _keepers:
        about |= keeper.export(person)
    return about


def _shown(one: Authenticator) -> dict:
    about = {"kind": one.type, "since": clock.text(one.created_at), "last_used": clock.text(one.last_used_at)}
    return about | ({"name": one.wrap().name} if one.type == Authenticator.Type.WEBAUTHN else {})


def check_erasable(person: Person) -> None:
    """Raises Refusal for staff, whose name is on what they did, and where an app says not now."""
    user = person.user
    if user and (user.is_superuser or user.is_device or user.memberships.exists()):
        text = _("You work here. Ask a manager to remove your roles first; then we can delete your data.")
        raise Refusal(text, code="still_staff")
    for keeper in _keepers:
        if refusal := keeper.refusal(person):
            raise refusal


@transaction.atomic
def erase(person: Person) -> Receipt:
    """Forget somebody now. What remains for a day is that a nameless somebody had a drink (daily limit)."""
    check_erasable(person)
    gone: Counter[str] = Counter()
    for keeper in _keepers:
        gone += keeper.erase(person)
    if user := person.user:
        gone["accounts"] += 1
        forgotten_contacts.note(user)
        _anonymise([user.pk])
        EmailAddress.objects.filter(user=user).delete()
        Authenticator.objects.filter(user=user).delete()
        for session in UserSession.objects.filter(user=user):
            session.end()
        user.tokens.all().delete()
        user.name, user.email, user.phone, user.phone_verified = "", None, None, False
        user.is_guest, user.is_active = True, False
        user.last_login = clock.now()  # the day that they stay without a name begins now
        user.set_unusable_password()
        user.save()
    return _receipt(Receipt.Kind.REQUEST, gone)


# -- when it is due ---------------------------------------------------------------------------------


def due_stores() -> QuerySet[Store]:
    """Stores whose last day was more than 7 days ago, everywhere on earth."""
    today = clock.now().astimezone(clock.LAST_ON_EARTH).date()
    return Store.objects.filter(ends_on__lt=today - dt.timedelta(days=KEPT_DAYS))


def purge() -> list[Receipt]:
    """Let everything go that is due: by beat every hour, by `manage.py purge`. Gives the receipts."""
    receipts = [_purge(store) for store in due_stores()]
    receipts += [_let_go(Receipt.Kind.UNVERIFIED, _unverified()), _let_go(Receipt.Kind.PEOPLE, _over())]
    _forget_sessions()
    return [each for each in receipts if each.pk]


def purge_store(store: Store) -> Receipt:
    """Forget who ordered at a store, due or not. Raises Refusal `still_open` while it is open."""
    if store.is_open:
        raise Refusal(
            _("This store is open. Close it first; then its data can be deleted."), code="still_open"
        )
    return _purge(store)


@transaction.atomic
def _purge(store: Store) -> Receipt:
    gone: Counter[str] = Counter()
    for keeper in _keepers:
        gone += keeper.purge(store)
    return _receipt(Receipt.Kind.STORE, gone, store.slug)


def _customers() -> QuerySet[User]:
    staff = Q(memberships__isnull=False) | Q(is_superuser=True) | Q(is_staff=True) | Q(is_device=True)
    return User.objects.exclude(staff)


def _unverified() -> QuerySet[User]:
    """Contacts that were typed and never shown to be anybody's."""
    since = clock.now() - UNVERIFIED
    return _customers().filter(is_guest=False, last_login=None, date_joined__lt=since, tokens=None)


def _over() -> QuerySet[User]:
    """People with nothing at a store that is not over, who were not here for a week; and the forgotten."""
    week, day = (clock.now() - dt.timedelta(days=days) for days in (KEPT_DAYS, 1))
    idle = _customers().filter(Q(last_login__lt=week) | Q(last_login=None, date_joined__lt=week))
    for keeper in _keepers:
        idle = idle.exclude(pk__in=keeper.needs(idle).values("pk"))
    nameless = User.objects.filter(is_active=False, is_guest=True, name="", last_login__lt=day)
    return User.objects.filter(Q(pk__in=idle.values("pk")) | Q(pk__in=nameless.values("pk")))


def _let_go(kind: str, users: QuerySet[User]) -> Receipt:
    gone: Counter[str] = Counter()
    while batch := list(users.order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        with transaction.atomic():
            for keeper in _keepers:
                gone += keeper.let_go(batch)
            _anonymise(batch)
            gone["accounts"] += len(batch)
            User.objects.filter(pk__in=batch).delete()
    return _receipt(kind, gone)


def _anonymise(users: list[int]) -> None:
    """The admin's own history says what was done to whom; who that was goes."""
    people = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=people, object_id__in=[str(pk) for pk in users]).update(
        object_repr=f"{_('No name')}", change_message=""
    )


def _forget_sessions() -> None:
    """Sessions that ran out; those of nobody untouched for a day, which may hold a contact somebody typed;
    and those of people who are gone."""
    now, store = clock.now(), SessionStore()
    Session.objects.filter(expire_date__lt=now).delete()
    there = {str(pk) for pk in User.objects.filter(is_active=True).values_list("pk", flat=True)}
    for session in Session.objects.iterator(chunk_size=_BATCH):
        kept = store.decode(session.session_data)
        user = kept.get("_auth_user_id")
        idle = session.expire_date < now + dt.timedelta(seconds=store.get_session_cookie_age(), days=-1)
        if user not in there if user else idle:
            session.delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _receipt(kind: str, gone: Counter[str], store: str = "") -> Receipt:
    """Kept only where something went, or somebody asked."""
    counts = {name: count for name, count in gone.items() if count}
    receipt = Receipt(kind=kind, store=store, at=clock.now(), counts=counts)
    if receipt.counts or kind == Receipt.Kind.REQUEST:
        receipt.save()
    return receipt
