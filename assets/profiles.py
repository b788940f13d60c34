"""Names of renditions that more than one package goes by."""

from typing import Final

CROP_PREFIX: Final = "crop-"
"""Begins the profiles of cuts around the focal point: ``crop-16x9.webp``."""

CROPPED_KINDS: Final = frozenset({"photo"})
"""Kinds of assets that are cropped. Not infographics: what is cut off one makes it say something else."""

AV1_MARK: Final = "-av1/"
"""In the profiles of pictures in AV1: ``hls/720p-av1/media.mp4``."""


MADE_ANEW: Final = frozenset({"hls/master.m3u8", "hls/manifest.mpd"})
"""Besides crops, what is made anew while the rest of a version stays."""


def is_made_anew(profile: str) -> bool:
    """Whether another attempt may put one of its own in the place of this, and who asks for the old one gets that."""
    return is_crop(profile) or profile in MADE_ANEW


def is_crop(profile: str) -> bool:
    """Whether a rendition shows a part of the picture only."""
    return profile.startswith(CROP_PREFIX)
