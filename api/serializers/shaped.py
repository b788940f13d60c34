"""The answers that ``fields`` and ``include`` shape, in whole and in part."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers as s

from api.serializers.outputs import AssetDetail, AssetSummary, May, Output, RenditionOut, RightsOut, Text
from api.serializers.uses import UseTotalsOut

INCLUDED = "With `include`."


class UsesSum(Output):
    since = s.DateField()
    totals = UseTotalsOut()


class FoundAsset(AssetSummary):
    highlights = s.DictField(
        child=s.CharField(),
        required=False,
        help_text="With `search`: HTML of `title` and `caption`, escaped, with `<mark>` around what was found.",
    )
    texts = s.DictField(child=Text(), required=False, help_text=INCLUDED)
    renditions = RenditionOut(many=True, required=False, help_text=INCLUDED)
    rights = RightsOut(required=False, help_text=INCLUDED)
    may = May(required=False, help_text=INCLUDED)
    uses = UsesSum(required=False, allow_null=True, help_text="With `include`; null for those who may not know.")


class ReadAsset(AssetDetail):
    uses = UsesSum(required=False, allow_null=True, help_text="With `include`; null for those who may not know.")


class _Sparse(s.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name == "id"
        return fields


class SparseFoundAsset(_Sparse, FoundAsset):
    """With `fields`: the named ones, what is included, and `id`."""


class SparseReadAsset(_Sparse, ReadAsset):
    """With `fields`: the named ones, what is included, and `id`."""


def whole_or_sparse(name: str, *answers: type[s.Serializer[Any]], many: bool = False) -> PolymorphicProxySerializer:
    """For the API's document; ``api.schema.say_any_of`` makes it an ``anyOf``, for what is whole fits both."""
    return PolymorphicProxySerializer(
        component_name=name, serializers=list(answers), resource_type_field_name=None, many=many
    )


FOUND = "FoundAssetAsAsked"
READ = "ReadAssetAsAsked"


@extend_schema_field(whole_or_sparse(FOUND, FoundAsset, SparseFoundAsset, many=True))
class AsAsked(s.ListField):
    """Entries of a list, each in the form that was asked for."""


class FoundAssets(Output):
    """The form of lists; a bulk read has no pages."""

    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = AsAsked()
    did_you_mean = s.CharField(allow_null=True)
