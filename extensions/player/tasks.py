"""In embedded mode, screens hear only of what their own process did; `manage.py play` is another process."""

from celery import shared_task

from serverlesspresso.extension_api.bus import Stream, broadcast
from serverlesspresso.extension_api.stores import Store

_heads: dict[str, int] = {}


@shared_task(every_moment=True)
def hint() -> None:
    """Tell the screens of each recording's store if its log has grown. Every second, one query."""
    recorded = Store.objects.filter(kind=Store.Kind.RECORDING).values("slug")
    for slug, head in Stream.objects.filter(store__in=recorded).values_list("store", "sequence"):
        if _heads.get(slug) != head:
            _heads[slug] = head
            broadcast(store=slug)
