"""What an admin's list may be filtered by: what it offers.

Django lets the address of a list name any column. Of one that no page shows, such as a token or the digest of
a PIN, a manager could so find the beginning, letter by letter, from how many rows there are.
"""

from typing import TYPE_CHECKING

from django.core.exceptions import FieldDoesNotExist

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as _Base
else:
    _Base = object


class OnlyItsFilters(_Base):
    """For model admins: rows are looked up by `list_filter`, and by nothing else."""

    def lookup_allowed(self, lookup, value, request=None) -> bool:
        """Whether the address may say so."""
        filters = [each[0] if isinstance(each, tuple) else each for each in getattr(self, "list_filter", ())]
        if lookup in {getattr(each, "parameter_name", None) for each in filters}:  # a filter of our own
            return True
        name = lookup.partition("__")[0]
        try:
            self.model._meta.get_field(name)
        except FieldDoesNotExist:
            return super().lookup_allowed(lookup, value, request)
        offered = {each.partition("__")[0] for each in filters if isinstance(each, str)}
        return name in offered and super().lookup_allowed(lookup, value, request)
