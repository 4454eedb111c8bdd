"""Personal data in notifications, and how it is deleted (see /privacy/)."""

from collections import Counter

from serverlesspresso.extension_api import clock
from serverlesspresso.extension_api.people import Person
from serverlesspresso.extension_api.privacy import PersonalDataProvider
from serverlesspresso.extension_api.stores import Store

from .models import Device, EmailNotice, PushNotice, SmsNotice, Wish


class NotificationKeeper(PersonalDataProvider):
    """Wishes and devices; of notices, only whom they were for."""

    def export(self, person: Person) -> dict:
        """Where and how they agreed to be notified."""
        if person.user is None:
            return {}
        wishes = Wish.objects.filter(user=person.user.pk).order_by("pk")
        told = [
            {"store": w.store, "channel": w.channel, "agreed_at": clock.text(w.agreed_at)} for w in wishes
        ]
        return {"notifications": told} if told else {}

    def erase(self, person: Person) -> Counter[str]:
        return self.let_go([person.user.pk]) if person.user else Counter()

    def purge(self, store: Store) -> Counter[str]:
        """Delete the wishes at a store that is over; a device goes with its owner's last wish."""
        gone, _each = Wish.objects.filter(store=store.slug).delete()
        left = Wish.objects.filter(channel="push").values("user")
        devices, _each = Device.objects.exclude(user__in=left).delete()
        for model in (EmailNotice, SmsNotice, PushNotice):
            model.objects.filter(store=store.slug).update(user=0)
        return Counter({"notification wishes": gone + devices})

    def let_go(self, users: list[int]) -> Counter[str]:
        """Delete what belongs to these users, who are about to be deleted."""
        gone, _each = Wish.objects.filter(user__in=users).delete()
        devices, _each = Device.objects.filter(user__in=users).delete()
        for model in (EmailNotice, SmsNotice, PushNotice):
            model.objects.filter(user__in=users).update(user=0)
        return Counter({"notification wishes": gone + devices})
