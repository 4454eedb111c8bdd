"""Live topics of journeys: one for the owner, and one with more in it for staff."""

from serverlesspresso.extension_api import orders
from serverlesspresso.extension_api.bus import Event
from serverlesspresso.extension_api.live import Frame, Topic, register
from serverlesspresso.extension_api.people import Person, User

from . import context

_PREFIX = "journey of "


def screen(order: str) -> str:
    """The name under which a journey is watched, different from that of the order itself."""
    return f"{_PREFIX}{order}"


class JourneyTopic(Topic):
    """The journey of one order as its owner sees it."""

    name = "journey"
    staff = False
    """Whether only staff may listen, and they see more."""

    def store(self, key: str) -> str | None:
        try:
            return orders.look(_order(key)).store.slug
        except orders.Unknown:
            return None

    def allowed(self, user_id: int | None, key: str) -> bool:
        user = User.objects.filter(pk=user_id, is_active=True).first() if user_id else None
        if user is None:
            return False
        try:
            return orders.seen(_order(key), Person(user)).staff or not self.staff
        except orders.Unknown:
            return False

    def snapshot(self, key: str) -> Frame:
        return Frame(context.render(orders.look(_order(key), staff=self.staff)))

    def concerns(self, key: str, event: Event, frame: Frame | None) -> bool:
        return event.order == _order(key)


def _order(key: str) -> str:
    return key.removeprefix(_PREFIX)


class StaffJourneyTopic(JourneyTopic):
    """The journey of one order as the staff of its store see it."""

    name = "journey-staff"
    staff = True


JOURNEY, STAFF = register(JourneyTopic()), register(StaffJourneyTopic())
