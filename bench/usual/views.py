"""The five clicks, by Django REST framework."""

from django.db import transaction
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from . import tasks
from .models import Code, Drink, Event, Order, Store

LIVE = ("choosing", "queued", "making", "ready")
ACTS = {"make": ("queued", "making"), "complete": ("making", "ready"), "collect": ("ready", "collected")}


class Conflict(ValidationError):
    """The order is not where the click believes it to be."""

    status_code = status.HTTP_409_CONFLICT


class ScanSerializer(serializers.Serializer):
    """What a scan sends."""

    token = serializers.CharField()


class DrinkSerializer(serializers.Serializer):
    """What a customer chose."""

    drink = serializers.CharField()
    modifiers = serializers.ListField(child=serializers.CharField(), required=False)


class OrderSerializer(serializers.ModelSerializer):
    """An order as the API shows it."""

    id = serializers.CharField(read_only=True)
    store = serializers.SlugRelatedField("slug", read_only=True)
    drink = serializers.SlugRelatedField("name", read_only=True)
    customer = serializers.SlugRelatedField("username", read_only=True)
    barista = serializers.SlugRelatedField("username", read_only=True)

    class Meta:
        model = Order
        fields = ("id", "store", "status", "number", "drink", "customer", "barista", "created_at")


def record(order: Order, kind: str, **data) -> None:
    """Write an event, and let a worker tell whoever listens once it is committed."""
    event = Event.objects.create(order=order, kind=kind, data=data)
    transaction.on_commit(lambda: tasks.tell.delay(event.pk))


class Scan(APIView):
    """A code becomes an order."""

    @transaction.atomic
    def post(self, request, slug):
        """201 with the order, 409 where there is no room or no drink left."""
        sent = ScanSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        store = get_object_or_404(Store, slug=slug)
        if not store.is_open or store.orders.filter(status__in=LIVE).count() >= store.capacity:
            raise Conflict("The bar is closed or full.")
        if store.orders.filter(customer=request.user, status__in=LIVE).exists():
            raise Conflict("You have an order already.")
        code = Code.objects.filter(store=store, token=sent.validated_data["token"], remaining__gt=0)
        if not code.update(remaining=F("remaining") - 1):
            raise Conflict("This code is used up.")
        order = Order.objects.create(store=store, customer=request.user)
        record(order, "scanned")
        return Response(OrderSerializer(order).data, status=status.HTTP_201_CREATED)


class Submit(APIView):
    """The customer chooses."""

    @transaction.atomic
    def put(self, request, pk):
        """The order with its number; 409 where it is no longer the customer's to choose."""
        sent = DrinkSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        order = get_object_or_404(
            Order.objects.select_for_update(of=("self",)).select_related("store", "customer", "barista"),
            pk=pk,
            customer=request.user,
        )
        if order.status != "choosing":
            raise Conflict("This order was submitted already.")
        order.drink = get_object_or_404(Drink, store=order.store, name=sent.validated_data["drink"])
        store = Store.objects.select_for_update().get(pk=order.store_id)
        store.last_number += 1
        store.save(update_fields=["last_number"])
        order.number, order.status = store.last_number, "queued"
        order.save()
        record(order, "queued", drink=order.drink.name)
        return Response(OrderSerializer(order).data)


class Act(APIView):
    """The barista's clicks."""

    @transaction.atomic
    def post(self, request, pk, act):
        """The order as it is now; 409 where it was somewhere else."""
        before, after = ACTS[act]
        order = get_object_or_404(
            Order.objects.select_for_update(of=("self",)).select_related(
                "store", "customer", "barista", "drink"
            ),
            pk=pk,
        )
        if not request.user.groups.filter(name=order.store.slug).exists():
            raise Conflict("You do not work here.")
        if order.status != before:
            raise Conflict("Somebody was faster.")
        order.status = after
        if act == "make":
            order.barista = request.user
        order.save()
        record(order, after)
        return Response(OrderSerializer(order).data)


def ready(_request):
    """It lives."""
    return HttpResponse("ok")
