"""`{% slot "order" %}`: what the extensions have to show here."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from serverlesspresso.web import template_hooks

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context, name: str, **known) -> SafeString:
    """Render every template in a slot with what the page knows, and with what is given here by name."""
    with context.push(**known):
        engine = context.template.engine
        shown = [engine.get_template(each).render(context) for each in template_hooks.templates(name)]
    return mark_safe("".join(shown))  # noqa: S308  (each was rendered, and so escaped, by its template)
