"""Tables of the usual bar."""

from django.conf import settings
from django.db import models


class Store(models.Model):
    """A bar; it counts its orders."""

    slug = models.SlugField(unique=True)
    is_open = models.BooleanField(default=True)
    capacity = models.PositiveIntegerField(default=10_000)
    last_number = models.PositiveIntegerField(default=0)


class Drink(models.Model):
    """A line of the menu."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="drinks")
    name = models.CharField(max_length=60)


class Code(models.Model):
    """What the wall shows: good for so many drinks."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="codes")
    token = models.CharField(max_length=40, unique=True)
    remaining = models.PositiveIntegerField()


class Order(models.Model):
    """One drink, from scan to pick-up."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="orders")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="orders")
    barista = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="made")
    drink = models.ForeignKey(Drink, models.PROTECT, null=True)
    status = models.CharField(max_length=20, default="choosing")
    number = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (models.Index(fields=["store", "status", "created_at"]),)


class Event(models.Model):
    """What happened to an order."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)


class Note(models.Model):
    """What a subscriber wrote of an event."""

    subscriber = models.CharField(max_length=20)
    event = models.ForeignKey(Event, models.CASCADE, related_name="notes")
    text = models.CharField(max_length=100)
