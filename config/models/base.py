"""What all configuration has in common: every change is announced to every screen."""

import secrets
from typing import TYPE_CHECKING

from django.db import models, transaction

from config import events
from serverlesspresso.events.log.publish import publish

if TYPE_CHECKING:
    from .store import Store


class Configured(models.Model):
    """Something organisers set. Saving or deleting it publishes that to every screen, in the same
    transaction."""

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)
            self.tell()

    def delete(self, *args, **kwargs):
        with transaction.atomic():
            gone = super().delete(*args, **kwargs)
            self.tell()
        return gone

    def tell(self):
        """Publish that this store's configuration changed."""
        store = self.at_store()
        publish(
            events.CONFIG_CHANGED,
            store=store.slug,
            what=self._meta.model_name.removeprefix("modifier"),
            open=store.is_open,
            paused=store.is_paused,
        )

    def at_store(self) -> "Store":
        """The store this belongs to."""
        return self.store  # type: ignore[attr-defined]  # all but the store itself have one


def fresh_stamp() -> int:
    """A stamp that no menu has had."""
    return secrets.randbits(62) or 1
