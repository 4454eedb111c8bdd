"""Printers, and the tickets sent to them."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from serverlesspresso.extension_api.network import PRINTER_PORTS, is_refused
from serverlesspresso.extension_api.outbox import Effect
from serverlesspresso.extension_api.stores import Store
from serverlesspresso.extension_api.text import AddressField, LineField

from .layout import Paper


class Printer(models.Model):
    """A network printer that speaks ESC/POS. The store is not a database constraint: this table may be
    dropped."""

    store = models.ForeignKey(
        Store, models.DO_NOTHING, db_constraint=False, related_name="+", verbose_name=_("store")
    )
    name = LineField(_("name"), max_length=40)
    host = AddressField(
        _("address"),
        max_length=100,
        validators=[RegexValidator(r"^[A-Za-z0-9.:_-]+\Z", _("A name or an address, such as 192.168.1.50."))],
        help_text=_("The printer’s address in your network, such as 192.168.1.50."),
    )
    port = models.PositiveIntegerField(
        _("port"), default=PRINTER_PORTS[0], validators=[MinValueValidator(1), MaxValueValidator(65_535)]
    )
    paper = models.CharField(_("paper"), max_length=5, choices=Paper, default=Paper.MM80)
    is_on = models.BooleanField(_("prints when a drink is claimed"), default=True)

    class Meta:
        ordering = ("store", "name")
        verbose_name = _("printer")
        verbose_name_plural = _("printers")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Check that the port is a printer's, and the address neither this machine nor the bar's servers."""
        if self.host and self.port and is_refused(self.host, self.port, printer=True):
            raise ValidationError(
                _(
                    "A printer needs an address in your network, such as 192.168.1.50, and a port from "
                    "%(first)d to %(last)d. The setting PRIVATE_HOSTS can allow others."
                ),
                params={"first": PRINTER_PORTS[0], "last": PRINTER_PORTS[-1]},
            )


class Ticket(Effect):
    """One ticket on one printer. After ten minutes the cup is gone, and it is not printed."""

    LASTS_S = 600
    PLACES, EACH = 8, 1
    """A printer takes one ticket at a time."""

    printer = models.ForeignKey(
        Printer, models.SET_NULL, null=True, related_name="tickets", verbose_name=_("printer")
    )
    """None if it was deleted; what it printed is still listed."""
    order = models.CharField(_("order"), max_length=32)
    number = models.PositiveIntegerField(_("number"), null=True)
    drink = models.CharField(_("drink"), max_length=200)
    """What was to be printed: another drink under the same number is another ticket."""

    class Meta(Effect.Meta):
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")

    def receiver(self) -> str:
        return str(self.printer_id or 0)

    @classmethod
    def to(cls, receivers: frozenset[str]) -> models.Q:
        """The tickets for these printers."""
        return models.Q(printer__in=receivers)

    def send(self) -> None:
        """Send it to the printer."""
        from . import printing

        printing.send(self)
