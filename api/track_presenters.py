"""Text tracks as the API answers them."""

from api.presenters_base import Values
from assets.captions.cues import as_json
from assets.models import Asset, TextTrack
from assets.tracks import cues_of, is_out_of_date, track_url


def track_out(asset: Asset, track: TextTrack, *, plays: bool) -> Values:
    """``plays``: whether the reader may look at the work itself."""
    return {
        "id": track.pk,
        "kind": track.kind,
        "language": track.language,
        "label": track.label,
        "name": track.name,
        "state": track.state,
        "cue_count": track.cue_count,
        "out_of_date": is_out_of_date(asset, track),
        "updated_at": track.updated_at,
        "revision": track.revision,
        "url": track_url(asset, track, now=asset.database_now) if plays else None,
    }


def track_detail(asset: Asset, track: TextTrack) -> Values:
    return track_out(asset, track, plays=True) | {"cues": as_json(cues_of(track))}
