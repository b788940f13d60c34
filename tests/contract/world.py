"""A small world with an agency that the caller must learn nothing of."""

from dataclasses import dataclass

from assets.models import Asset, Licence
from assets.models.rights import LicenceKind
from permissions.models import Agency
from permissions.vocabulary import AssetState, Role
from tests.factories import (
    make_agency,
    make_collection,
    make_invitation,
    make_member,
    make_ready_asset,
    make_text,
    make_token,
    make_upload,
    make_user,
)

SECRET_WORD = "zirkonlampe"
"""In every text of the other agency that only its own people may read; no word of any other text."""


@dataclass(frozen=True, kw_only=True)
class World:
    """``token``: of an administrator of the agency ``VGP``. ``secrets``: what no answer to it may contain."""

    token: str
    asset: Asset
    secrets: tuple[str, ...]


def build() -> World:
    """Fills the test's database: what the caller has, and what it must not see."""
    own, other = make_agency(code="VGP"), make_agency(code="TTX")
    admin = make_member(own, Role.AGENCY_ADMIN)
    _, token = make_token(user=admin)
    asset = make_ready_asset(agency=own, state=AssetState.PUBLISHED)
    make_text(asset, title="Cầu Long Biên", caption="Buổi sáng")
    make_collection(asset, title="Cầu")
    Licence.objects.create(agency=own, code="own", kind=LicenceKind.OWN_TERMS, name_vi="Riêng")
    make_upload(agency=own, user=admin)
    return World(token=token, asset=asset, secrets=_hidden(other))


def _hidden(agency: Agency) -> tuple[str, ...]:
    asset = make_ready_asset(agency=agency, reference=f"TTX-{SECRET_WORD.upper()}-1", credit_line=f"Ảnh: {SECRET_WORD}")
    make_text(asset, title=f"{SECRET_WORD} A", caption=f"{SECRET_WORD} B")
    person = make_user(email=f"{SECRET_WORD}@example.vn", full_name=f"{SECRET_WORD} C")
    make_token(agency=agency, name=f"{SECRET_WORD} D", created_by=person)
    invitation = make_invitation(agency=agency, email=f"{SECRET_WORD}.guest@example.vn")
    album = make_collection(asset, title=f"{SECRET_WORD} E")
    upload = make_upload(agency=agency, user=person, filename=f"{SECRET_WORD}.jpg")
    return (SECRET_WORD, *(str(row.pk) for row in (asset, person, invitation, album, upload)))
