"""What is asked of a picture in another size."""

from rest_framework import serializers as s

from api.serializers.base import StrictSerializer
from assets.on_demand.wishes import MOST
from assets.states import Fit, PictureFormat


class ImageQuery(StrictSerializer):
    width = s.IntegerField(min_value=1, max_value=MOST, required=False, help_text="Pixels; rounded up to a step.")
    height = s.IntegerField(min_value=1, max_value=MOST, required=False, help_text="Pixels; rounded up to a step.")
    fit = s.ChoiceField(
        choices=Fit.choices,
        default=Fit.CONTAIN,
        help_text="`contain`: the whole picture within the size; one side may be left out. `cover`: cut around the "
        "focal point so that it fills the size; not for infographics.",
    )
    format = s.ChoiceField(choices=PictureFormat.choices, default=PictureFormat.WEBP)
