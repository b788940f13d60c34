from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from assets.access import get_visible
from assets.history import DESCRIPTIVE
from assets.models import Asset, AssetText
from assets.revisions import revision_of
from assets.states import Language, RevisionAct, TextState
from assets.texts import STATE, TEXT_FIELDS
from assets.usecases.assets_edit import edit_asset
from permissions.actor import Actor


@transaction.atomic
def restore_texts(*, asset_id: UUID, number: int, by: Actor, reason: str = "", revision: int | None = None) -> Asset:
    """What a revision said is said again, as a new revision: the texts of all languages and the descriptive fields.

    Who may see and use the asset, its file and its table stay as they are. Raises ``NotFound`` and what editing raises.
    """
    asset = get_visible(by, asset_id)
    content = revision_of(asset, number, reader=by).content
    before: Mapping[str, Mapping[str, str]] = content["texts"]
    texts = {language: _words(before.get(language, {}), asset, language) for language in Language}
    return edit_asset(
        asset_id=asset_id,
        by=by,
        fields={name: _value(name, content["fields"].get(name)) for name in DESCRIPTIVE},
        texts={language: words for language, words in texts.items() if words},
        revision=revision,
        reason=reason,
        act=RevisionAct.TEXTS_RESTORED,
    )


def _words(words: Mapping[str, str], asset: Asset, language: Language) -> dict[str, str]:
    """All words of a language, empty where it had none; none at all where it has none to lose either."""
    if not words and not AssetText.objects.filter(asset=asset, language=language).exists():
        return {}
    values = {name: words.get(name, "") for name in sorted(TEXT_FIELDS)}
    if words.get(STATE) in {TextState.MACHINE, TextState.STALE} and language != asset.original_language:
        values[STATE] = words[STATE]
    return values


def _value(name: str, value: Any) -> Any:
    if name == "event_date":
        return datetime.fromisoformat(value) if value else None
    return value
