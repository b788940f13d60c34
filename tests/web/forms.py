"""Forms sent as a browser sends them."""

from typing import Any

from django.test import Client

from assets.models import Asset


def edited(client: Client, asset: Asset, **fields: Any) -> Any:
    """Send the edit form as the page shows it, with these fields changed."""
    form = client.get(f"/assets/{asset.pk}/edit").context["form"]
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in (values | fields).items() if value not in (None, False)}
    return client.post(f"/assets/{asset.pk}/edit", sent)
