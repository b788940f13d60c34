"""What a file says of itself goes into fields that nobody filled; what a person typed is never overwritten."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from django.db.models import Field
from django.utils import timezone

from assets.history import begin_change, keep_revision
from assets.licences import find_licence
from assets.models import Asset, AssetText
from assets.people import names_in_file
from assets.search import refresh_search_text
from assets.states import RevisionAct
from assets.texts import make_stale
from permissions.moments import is_sensible
from transcoding.results import EmbeddedMetadata

DEFAULT_URGENCY = 5
ASSET_FIELDS = {
    "author": "author",
    "credit_line": "credit_line",
    "source": "source",
    "licence": "usage_terms",
    "place": "place",
}
"""Field of the asset: field of the embedded metadata."""
TEXT_FIELDS = ("title", "caption", "alt_text")
MAX_KEYWORDS = 100
MAX_KEYWORD = 100


def apply_embedded(asset: Asset, metadata: EmbeddedMetadata, *, filename: str) -> bool:
    """Fill the asset's empty fields and its text in the original language; whether anything changed.

    A title falls back to the file's name without its extension. Call in a transaction that holds the asset's row.
    """
    begin_change(asset)
    text, is_new = AssetText.objects.get_or_create(asset=asset, language=asset.original_language)
    changed_text = _fill(text, _texts_of(metadata, filename=filename))
    changed = _fill(asset, _fields_of(metadata)) + _urgency_of_file(asset, metadata)
    if "licence" in changed:
        asset.licence_terms = find_licence(asset.licence, asset.agency)
        changed.append("licence_terms")
    if changed_text:
        text.revision += 0 if is_new else 1
        text.save(update_fields=[*changed_text, "revision"])
        make_stale(asset)
    if changed or changed_text or is_new:
        asset.revision += 1
        asset.updated_at = timezone.now()
        asset.save(update_fields=[*changed, "revision", "updated_at"])
        refresh_search_text(asset)
        keep_revision(asset, RevisionAct.EMBEDDED, by=None)
    return bool(changed or changed_text or is_new)


def _texts_of(metadata: EmbeddedMetadata, *, filename: str) -> dict[str, Any]:
    return {
        "title": metadata.title or PurePath(filename).stem,
        "caption": metadata.caption,
        "alt_text": metadata.alt_text,
    }


def _fields_of(metadata: EmbeddedMetadata) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(metadata, given) for name, given in ASSET_FIELDS.items()}
    words = (clean(word)[:MAX_KEYWORD].strip() for word in metadata.keywords)
    values["keywords"] = list(dict.fromkeys(word for word in words if word))[:MAX_KEYWORDS]
    values["people"] = names_in_file(map(clean, metadata.people))
    values["event_date"] = _aware(metadata.event_date)
    return values


def _urgency_of_file(asset: Asset, metadata: EmbeddedMetadata) -> list[str]:
    """Urgency is never empty: the file's counts while nobody has edited the asset."""
    given = metadata.urgency
    if given is None or not 1 <= given <= 8 or asset.revision > 1 or asset.urgency != DEFAULT_URGENCY:
        return []
    asset.urgency = given
    return ["urgency"] if given != DEFAULT_URGENCY else []


def _fill(row: Asset | AssetText, values: Mapping[str, Any]) -> list[str]:
    """Set the fields that are empty and have a value; their names."""
    changed = []
    for name, given in values.items():
        value = clean(given)[: _longest(row, name)].strip() if isinstance(given, str) else given
        if value and not getattr(row, name):
            setattr(row, name, value)
            changed.append(name)
    return changed


def _longest(row: Asset | AssetText, name: str) -> int | None:
    field = row._meta.get_field(name)  # noqa: SLF001 - Django's documented model API
    return field.max_length if isinstance(field, Field) else None


def clean(text: str) -> str:
    """Text that PostgreSQL takes: no NUL, no lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def json_safe(value: Any) -> Any:
    """The same as values that ``jsonb`` takes: no NaN or infinity, no NUL in texts, dates as ISO 8601."""
    if isinstance(value, Mapping):
        return {clean(str(key)): json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_safe(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return clean(str(value))


def _aware(moment: datetime | None) -> datetime | None:
    """A file's time without a zone is taken as this installation's; one that cannot be kept counts as none."""
    if moment is None or not is_sensible(moment):
        return None
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
