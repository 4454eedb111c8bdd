"""The journeys' sockets."""

from serverlesspresso.extension_api.live import LiveConsumer

from . import topics


class JourneyConsumer(LiveConsumer):
    """`/ws/orders/<id>/journey/`, for the owner."""

    topic = topics.JOURNEY

    async def topics(self) -> list[tuple[str, str]]:
        return [(self.topic.name, topics.screen(self.scope["url_route"]["kwargs"]["order_id"]))]


class StaffJourneyConsumer(JourneyConsumer):
    """`/ws/orders/<id>/journey/staff/`, for the staff of the store."""

    topic = topics.STAFF
