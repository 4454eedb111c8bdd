"""The menu: drinks, and the choices that come with them."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models.functions import Cast, Concat
from django.db.models.signals import m2m_changed
from django.dispatch import receiver
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from serverlesspresso.core import clock, typed_text

from .base import Configured, fresh_stamp
from .store import Store


class MenuQuerySet(models.QuerySet):
    """Parts of menus. Bulk changes, which save no single object, change the stores' stamps too."""

    def update(self, **values):
        if "name" in values:
            place = Cast(f"{self.model.LIST}_id", models.TextField())  # type: ignore[attr-defined]  # each says it
            values["unique_name"] = Concat(place, models.Value(f":{typed_text.key(values['name'])}"))
        with transaction.atomic():
            self._stamp()
            return super().update(**values)

    def delete(self):
        with transaction.atomic():
            self._stamp()
            return super().delete()

    def bulk_create(self, objs, *args, **kwargs):
        with transaction.atomic():
            objs = list(objs)
            made = super().bulk_create(objs, *args, **kwargs)
            stamp({each.at_store().pk for each in objs})
            return made

    def _stamp(self) -> None:
        way = self.model.STORE  # type: ignore[attr-defined]  # every part of a menu says it
        stamp(set(self.order_by().values_list(way, flat=True)))


def stamp(stores: Collection[int]) -> None:
    """Give these stores' menus new stamps, in the transaction of the change: kept copies are then
    outdated."""
    for pk in stores:
        Store.objects.filter(pk=pk).update(menu_stamp=fresh_stamp())


class Labelled(Configured):
    """Something with a name, and labels in other languages."""

    STORE = "store"
    """The lookup of its store, for queries."""
    LIST = "store"
    """The list it belongs to, in which its name is unique."""
    objects = MenuQuerySet.as_manager()

    name = typed_text.LineField(
        _("name"),
        max_length=60,
        help_text=_("In English. Existing orders keep the old name if you change it later."),
    )
    unique_name = typed_text.UniqueNameField()
    labels = models.JSONField(
        _("name in other languages"),
        default=dict,
        blank=True,
        help_text=_("If empty, the name itself is shown."),
    )
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("Smaller numbers come first.")
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def clean(self):
        """Check that no other in its list looks the same."""
        super().clean()
        of_list = type(self).objects.filter(**{self.LIST: getattr(self, f"{self.LIST}_id")})
        others = of_list.exclude(pk=self.pk).values_list("name", flat=True)
        twice = next(
            (name for name in others if typed_text.key(name) == typed_text.key(self.name or "")), self.name
        )
        if twice != self.name:  # the constraint reports names that are identical
            text = _("%(name)s already exists with a slightly different spelling. Choose another name.")
            raise ValidationError({"name": text % {"name": twice}})

    def save(self, *args, update_fields=None, **kwargs):
        """Save; with a new name, also the form of it that must be unique."""
        if update_fields is not None and "name" in update_fields:
            update_fields = {*update_fields, "unique_name"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def tell(self):
        """Change the menu's stamp, then publish as all configuration does."""
        stamp({self.at_store().pk})
        super().tell()

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.labels.get(get_language() or "", "") or self.name


class Stocked(Labelled):
    """Something that can run out; `gone_at` says since when (UTC)."""

    available = models.BooleanField(_("available"), default=True, help_text=_("Untick when sold out."))
    gone_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, update_fields=None, **kwargs):
        """Record when it ran out, or that it is back."""
        self.gone_at = None if self.available else self.gone_at or clock.now()
        if update_fields is not None:
            update_fields = {*update_fields, "gone_at"}
        super().save(*args, update_fields=update_fields, **kwargs)


class ModifierGroup(Labelled):
    """A choice that comes with drinks, such as the milk. Shared by all drinks that have it."""

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="groups",
        verbose_name=_("store"),
        help_text=_("The store this choice belongs to. It cannot be changed later."),
    )
    min = models.PositiveSmallIntegerField(
        _("choose at least"), default=0, help_text=_("How many options must be chosen. 0 means none.")
    )
    max = models.PositiveSmallIntegerField(
        _("choose at most"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("How many options may be chosen."),
    )

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = [
            models.UniqueConstraint(
                fields=("store", "name"),
                name="group_name",
                violation_error_message=_("This store already has a choice of that name."),
            )
        ]

    def clean(self):
        super().clean()
        if self.min > self.max:
            raise ValidationError(
                {"max": _("The maximum number of options cannot be less than the minimum.")}
            )


class Option(Stocked):
    """One thing to choose, such as oat milk. If sold out, it is so for every drink that offers it."""

    STORE = "group__store"
    LIST = "group"

    group = models.ForeignKey(ModifierGroup, models.CASCADE, related_name="options", verbose_name=_("choice"))

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("option")
        verbose_name_plural = _("options")
        constraints = [models.UniqueConstraint(fields=("group", "name"), name="option_name")]

    def at_store(self) -> Store:
        return self.group.store


class Drink(Stocked):
    """Something on the menu."""

    class Icon(models.TextChoices):
        AMERICANO = "americano", _("Americano")
        FLAT_WHITE = "flat-white", _("Flat White")
        CAPPUCCINO = "cappuccino", _("Cappuccino")
        LATTE = "latte", _("Latte")
        ESPRESSO = "espresso", _("Espresso")
        DOUBLE_ESPRESSO = "double-espresso", _("Double Espresso")
        CUP = "cup", _("Any cup")

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="drinks",
        verbose_name=_("store"),
        help_text=_("The store whose menu it is on. It cannot be changed later."),
    )
    icon = models.CharField(
        _("icon"),
        max_length=20,
        choices=Icon,
        default=Icon.CUP,
        help_text=_("The picture next to the name, on phones, tablets and the big screen."),
    )
    groups = models.ManyToManyField(
        ModifierGroup,
        blank=True,
        related_name="drinks",
        verbose_name=_("choices"),
        help_text=_("What people choose when they order this drink."),
    )

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("drink")
        verbose_name_plural = _("drinks")
        constraints = [
            models.UniqueConstraint(
                fields=("store", "name"),
                name="drink_name",
                violation_error_message=_("This store already has a drink of that name."),
            )
        ]


@receiver(m2m_changed, sender=Drink.groups.through)
def choices_changed(instance, **kwargs):
    """A drink got or lost a choice, from either side."""
    stamp({instance.store_id})
