"""`{% what_i_am_told %}`: the channels offered to the owner of this page's order, and those agreed to."""

from django import template

from extensions.notifications import consent
from serverlesspresso.extension_api import orders

register = template.Library()


@register.inclusion_tag("notifications/_ask.html", takes_context=True)
def what_i_am_told(context) -> dict:
    """The choices, sent with the page: a request of their own would make a phone wait once more."""
    order = context["order"]
    return consent.shown(order.pk, order.store.slug, orders.owner(order.pk))
