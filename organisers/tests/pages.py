"""The pages of the set-up, looked at and sent."""


def page_of(client, store, step) -> str:
    """What a step's page says."""
    return client.get(f"/organise/{store.slug}/setup/{step}/").content.decode()


def post(client, store, step, **fields):
    """Send a step's form."""
    return client.post(f"/organise/{store.slug}/setup/{step}/", fields)
