"""How agencies and assets are named inside other answers."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language

from assets.models import Asset
from permissions.models import Agency

Values = dict[str, Any]


def agency_ref(agency: Agency) -> Values:
    return {"id": agency.pk, "code": agency.code, "name": agency.name_in(get_language() or "vi")}


def known_agency_ref(agency: Agency | None) -> Values | None:
    """Of whom it is known; None where nobody is."""
    return agency_ref(agency) if agency is not None else None


def asset_ref(asset: Asset) -> Values:
    return {"id": asset.pk, "reference": asset.reference, "url": asset_page(asset.pk)}


def asset_page(asset_id: UUID) -> str:
    return f"{settings.SITE_URL}/assets/{asset_id}"


def collection_page(collection_id: UUID) -> str:
    return f"{settings.SITE_URL}/collections/{collection_id}"
