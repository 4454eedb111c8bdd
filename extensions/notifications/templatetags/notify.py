"""`{% what_i_am_told %}`: what the owner of the order on this page can be told, and has agreed to."""

from django import template

from extensions.notifications import consent
from serverlesspresso.extension_api import orders

register = template.Library()


@register.inclusion_tag("notifications/_ask.html", takes_context=True)
def what_i_am_told(context) -> dict:
    """The choices come with the page: asked for on their own they would cost a phone one more wait."""
    order = context["order"]
    return consent.shown(order.pk, order.store.slug, orders.owner(order.pk))
