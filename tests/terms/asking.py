"""Agencies that ask for terms or a statement before downloads, and works of theirs."""

from typing import Any

from assets.models import Asset
from permissions.models import Agency, AgencyTerms
from permissions.vocabulary import AssetState, Audience
from tests.factories import make_ready_asset, make_rendition, make_text

WORDS = "Ghi nguồn.\nKhông cắt ghép."


def write(agency: Agency, *, version: int = 1, **texts: str) -> AgencyTerms:
    return AgencyTerms.objects.create(agency=agency, version=version, **({"text_vi": WORDS} | texts))


def asks(agency: Agency, *, terms: bool | None = None, statement: bool | None = None) -> Agency:
    agency.asks_terms, agency.asks_statement = terms, statement
    agency.save(update_fields=["asks_terms", "asks_statement"])
    return agency


def work_of(agency: Agency, **fields: Any) -> Asset:
    """Published for the network, with an original and a rendition."""
    made = make_ready_asset(
        **({"agency": agency, "state": AssetState.PUBLISHED, "audience": Audience.NETWORK} | fields)
    )
    assert made.current_version is not None
    make_rendition(made.current_version, profile="full.jpg", media_type="image/jpeg", width=64, height=48)
    make_text(made, title="Cầu Long Biên")
    return made
