"""The pictures that look like one: what is asked and answered."""

from rest_framework import serializers as s

from api.serializers.base import StrictSerializer
from api.serializers.outputs import AssetSummary, Output
from assets.similar import FARTHEST, MOST_FOUND


class SimilarQuery(StrictSerializer):
    within = s.IntegerField(
        min_value=0,
        max_value=FARTHEST,
        default=FARTHEST,
        help_text="The greatest distance: the bits in which the hashes may differ, of 256.",
    )
    size = s.IntegerField(min_value=1, max_value=MOST_FOUND, default=12, help_text="How many at most.")


class SimilarAsset(AssetSummary):
    distance = s.IntegerField(
        min_value=0, max_value=FARTHEST, help_text="The bits in which the hashes differ, of 256. 0 looks the same."
    )


class SimilarAssets(Output):
    results = SimilarAsset(many=True)
