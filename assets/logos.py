"""The logo of an agency as everybody may see it now: a small public rendition, or none."""

from dataclasses import dataclass
from typing import Final

from assets.access import judge
from assets.delivery import AssetUrls, is_public
from assets.models import AgencyLogo, Asset, Rendition
from assets.showing import pictures
from assets.states import Kind
from permissions.actor import ANONYMOUS
from permissions.models import Agency
from permissions.vocabulary import Use

PICTURED: Final = frozenset({Kind.PHOTO, Kind.INFOGRAPHIC})


@dataclass(frozen=True, kw_only=True)
class Logo:
    """``asset`` came with its policy facts and texts. Pixels."""

    asset: Asset
    url: str
    width: int
    height: int


def logo_of(agency: Agency) -> Logo | None:
    """Judged at the database's time of this call; one query for an agency that shows none."""
    chosen = AgencyLogo.objects.filter(agency=agency).values("asset_id")
    rows = Asset.objects.visible_to(ANONYMOUS).with_policy_facts()
    asset = rows.prefetch_related("texts", "current_version__renditions").filter(pk__in=chosen).first()
    return None if asset is None or not is_usable(asset, agency) else _logo(asset)


def chosen_for(agency: Agency) -> Asset | None:
    """What the agency chose, whether it can be shown now or not."""
    row = AgencyLogo.objects.select_related("asset").filter(agency=agency).first()
    return row.asset if row else None


def is_usable(asset: Asset, agency: Agency) -> bool:
    """Whether everybody everywhere may see this picture of the agency now, also inside other people's pages."""
    own = asset.agency_id == agency.pk and asset.kind in PICTURED
    shown = is_public(asset, asset.database_now) and bool(judge(ANONYMOUS, Use.EMBED, asset))
    return own and shown and not asset.territories and _small(asset) is not None


def _small(asset: Asset) -> Rendition | None:
    """The smallest picture of the version that everybody gets."""
    version = asset.current_version
    if version is None or version.hidden or not asset.is_processed:
        return None
    return next(iter(pictures(version.renditions.all())), None)


def _logo(asset: Asset) -> Logo | None:
    version, small = asset.current_version, _small(asset)
    if version is None or small is None:
        return None
    url = AssetUrls(asset, version, now=asset.database_now).rendition(small)
    return Logo(asset=asset, url=url, width=small.width or 0, height=small.height or 0)
