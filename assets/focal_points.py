"""The focal point of a photo: where its subject is, and so what its crops are made around."""

from dataclasses import dataclass
from enum import StrEnum

from assets.models import Asset, AssetVersion, Rendition
from assets.profiles import CROPPED_KINDS, is_crop


class Source(StrEnum):
    """Who says where the subject is."""

    EDITOR = "editor"
    GUESS = "guess"


@dataclass(frozen=True, kw_only=True)
class FocalPoint:
    """0 to 1 from the left and the top of the upright picture."""

    x: float
    y: float
    source: Source


def focal_point_of(version: AssetVersion) -> FocalPoint | None:
    """The point that an editor has set, else the guess; None before the file was processed, and for what has none."""
    if version.focus is not None:
        return FocalPoint(x=version.focus[0], y=version.focus[1], source=Source.EDITOR)
    x, y = (version.facts.get(f"guessed_focus_{axis}") for axis in "xy")
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return None
    return FocalPoint(x=x, y=y, source=Source.GUESS)


def has_focal_point(asset: Asset) -> bool:
    """Whether the asset is of a kind that is cropped, and has a file."""
    return asset.kind in CROPPED_KINDS and asset.current_version_id is not None


def crops_of(version: AssetVersion) -> list[Rendition]:
    """The crops that there are."""
    return [each for each in version.renditions.all() if is_crop(each.profile)]


def is_waiting(version: AssetVersion) -> bool:
    """Whether there are crops around another point than the present one: they are being made anew."""
    wanted = list(version.focus) if version.focus else None
    return any(each.facts.get("focus") != wanted for each in crops_of(version))
