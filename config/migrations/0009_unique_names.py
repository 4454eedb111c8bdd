from django.db import migrations, models

from serverlesspresso.core.typed_text import key

_NAMED = {
    "Store": ("slug", ""),
    "ModifierGroup": ("name", "store"),
    "Option": ("name", "group"),
    "Drink": ("name", "store"),
}


def look_at_names(apps, schema_editor):
    """The first of those that look the same has the name; the others keep NULL until somebody renames them."""
    for model, (name, within) in _NAMED.items():
        seen = set()
        for thing in apps.get_model("config", model).objects.order_by("pk"):
            place = f"{getattr(thing, f'{within}_id')}:" if within else ""
            look = place + key(getattr(thing, name))
            if look not in seen:
                seen.add(look)
                type(thing).objects.filter(pk=thing.pk).update(unique_name=look)


def _field(model):
    return migrations.AddField(
        model_name=model,
        name="unique_name",
        field=models.TextField(blank=True, editable=False, null=True, unique=True),
    )


class Migration(migrations.Migration):
    dependencies = [("config", "0008_two_clocks")]

    operations = [
        *[_field(model.lower()) for model in _NAMED],
        migrations.RunPython(look_at_names, migrations.RunPython.noop),
    ]
