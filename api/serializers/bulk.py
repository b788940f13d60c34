"""Reading many assets at once, and how much of each."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers as s
from rest_framework.fields import empty

from api.serializers.base import StrictSerializer
from api.serializers.shaped import FoundAsset, ReadAsset
from api.shaping import Include

MOST: Final = 100
"""So many ids still fit a request line of 4,094 bytes, which web servers cut off."""
MOST_IN_BODY: Final = 500
INCLUDES: Final = tuple(str(each) for each in Include)


def own_fields(answer: type[s.Serializer[Any]]) -> tuple[str, ...]:
    """What ``fields`` may name: the answer's own, without what is only there by ``include``."""
    return tuple(str(name) for name, field in answer().fields.items() if field.required or name not in INCLUDES)


def _there_is_no(name: str, names: Iterable[str]) -> str:
    return f"There is no {name!r:.40}, but: {', '.join(names)}."


class NamesField(s.CharField):
    """Names out of a set, with commas between them; no longer than all of them together, each with a space."""

    def __init__(self, names: tuple[str, ...], *, help_text: str) -> None:
        super().__init__(required=False, max_length=len(", ".join(names)), help_text=help_text)
        self.names = names

    def run_validation(self, data: Any = empty) -> Any:
        text = super().run_validation(data)
        found = tuple(name.strip() for name in text.split(","))
        for name in found:
            if name not in self.names:
                raise s.ValidationError(_there_is_no(name, self.names))
        return found


class NameField(s.ChoiceField):
    """One name out of a set; a refusal says what there is."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(choices=[(name, name) for name in names])
        self.names = names

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.names:
            raise s.ValidationError(_there_is_no(str(data), self.names))
        return data


class IdsField(s.CharField):
    """Ids with commas between them; :func:`read_ids` reads them."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=40 * MOST,
            help_text=(
                f"Up to {MOST} ids, with commas between; the answer has those that you may see, in this order. "
                "Together with `fields` and `include` only."
            ),
        )


def read_ids(text: str) -> tuple[UUID, ...]:
    """Each once, in their order; a field error for anything else, and for too many."""
    try:
        found = tuple(dict.fromkeys(UUID(each.strip()) for each in text.split(",")))
    except ValueError:
        raise s.ValidationError({"ids": ["These are not ids with commas between them."]}) from None
    if len(found) > MOST:
        raise s.ValidationError({"ids": [f"At most {MOST} ids at a time."]})
    return found


FIELDS_HELP: Final = "Only these fields of each asset, with commas between; `id` is always there."
INCLUDE_HELP: Final = (
    f"Also, with commas between: {', '.join(f'`{name}`' for name in INCLUDES)}. They are there whether `fields` names "
    "them or not; `uses` is null for those who may not know."
)
SUMMARY_FIELDS: Final = own_fields(FoundAsset)
DETAIL_FIELDS: Final = own_fields(ReadAsset)


class ReadIn(StrictSerializer):
    ids = s.ListField(
        child=s.UUIDField(),
        min_length=1,
        max_length=MOST_IN_BODY,
        help_text="The answer has those that you may see, each once, in this order.",
    )
    fields = s.ListField(  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
        child=NameField(SUMMARY_FIELDS),
        required=False,
        min_length=1,
        max_length=len(SUMMARY_FIELDS),
        help_text="Only these; `id` is always there.",
    )
    include = s.ListField(
        child=NameField(INCLUDES), required=False, max_length=len(INCLUDES), help_text="What else to tell of each."
    )


class DetailQuery(StrictSerializer):
    fields = NamesField(DETAIL_FIELDS, help_text=FIELDS_HELP)  # type: ignore[assignment]  # as above
    include = NamesField(INCLUDES, help_text=INCLUDE_HELP)
