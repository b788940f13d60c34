"""Somebody asks for a picture in another size: what they get, and where."""

from django.utils.translation import gettext as _

from assets.access import judge
from assets.delivery import AssetUrls, SignedUrl
from assets.models import Asset, AssetVersion
from assets.on_demand.wishes import Wanted, wanted
from assets.states import Fit, Kind, PictureFormat, VersionState
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid
from permissions.rights import require_use
from permissions.vocabulary import Use

PICTURES = frozenset({Kind.PHOTO, Kind.INFOGRAPHIC})


class NoPicture(Conflict):
    """The work is no picture, or its file was not processed (yet). HTTP: 409."""

    code = "not_a_picture"


def is_sizable(asset: Asset) -> bool:
    """Whether the work can be had in other sizes."""
    version = asset.current_version
    return (
        asset.kind in PICTURES and version is not None and version.state == VersionState.READY and bool(version.width)
    )


def sized_address(
    asset: Asset,
    by: Actor,
    *,
    width: int | None,
    height: int | None,
    fit: Fit,
    picture_format: PictureFormat,
    territory: str | None,
) -> tuple[Wanted, SignedUrl]:
    """The picture that ``by`` gets of an asset that they see (with its policy facts), and its signed address.

    Raises ``NotAllowed`` as for downloads, :class:`NoPicture`, and ``Invalid`` for a size that says too little, or for
    a cut of an infographic: what is cut off one makes it say something else.
    """
    require_use(judge(by, Use.DOWNLOAD, asset, territory=territory))
    version: AssetVersion | None = asset.current_version
    if not is_sizable(asset) or version is None:
        raise NoPicture(_("Only photos and infographics that were processed are there in other sizes."))
    _require_a_size(asset, width, height, fit)
    own = version.width or 1, version.height or 1
    found = wanted(own, width=width, height=height, fit=fit, picture_format=picture_format)
    return found, AssetUrls(asset, version, now=asset.database_now).sized(found.name)


def _require_a_size(asset: Asset, width: int | None, height: int | None, fit: Fit) -> None:
    if fit is Fit.COVER and asset.kind == Kind.INFOGRAPHIC:
        sentence = _("An infographic is not cut: ask for contain.")
        raise Invalid(sentence, fields={"fit": [sentence]})
    if fit is Fit.COVER and not (width and height):
        sentence = _("A cut needs width and height.")
        raise Invalid(sentence, fields={"height" if width else "width": [sentence]})
    if not (width or height):
        sentence = _("Say a width, a height, or both.")
        raise Invalid(sentence, fields={"width": [sentence]})
