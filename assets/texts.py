"""The words of an asset: written by language, with where each translation stands beside the original."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from assets.articles.references import check_references, store_references
from assets.html import sanitise
from assets.models import ArticleReference, Asset, AssetText
from assets.states import Kind, Language, TextState
from permissions.actor import Actor
from permissions.errors import NotAllowed

Texts = Mapping[Language, Mapping[str, str]]
TEXT_FIELDS = frozenset({"title", "caption", "alt_text", "body"})
STATE = "state"
"""Beside the words: ``machine`` for what a program translated, ``translated`` when a person stands for it."""


def write_texts(asset: Asset, texts: Texts, *, by: Actor) -> dict[str, str]:
    """Merge texts by language, bodies sanitised; a language without any words goes. The states after it, by language.

    A changed original makes the translations stale that were not written with it. Call inside the transaction that
    holds the asset. Raises ``Invalid`` (``reference_unusable``) and ``NotAllowed`` (``person_needed``).
    """
    rows = {row.language: row for row in AssetText.objects.filter(asset=asset)}
    before = {language: row.revision for language, row in rows.items()}
    for language in sorted(texts, key=lambda language: language != asset.original_language):
        row = rows.setdefault(language, AssetText(asset=asset, language=language, revision=0))
        _write(asset, row, texts[language], rows.get(asset.original_language), by)
    _settle(asset, rows, before)
    for row in rows.values():
        row.save()
    AssetText.objects.filter(asset=asset, title="", caption="", alt_text="", body="").delete()
    left = dict(AssetText.objects.filter(asset=asset).values_list("language", "state"))
    ArticleReference.objects.filter(article=asset).exclude(language__in=left).delete()
    return left


def make_stale(asset: Asset) -> None:
    """The original's words were changed elsewhere (a file's own metadata): its translations were made from others."""
    others = AssetText.objects.filter(asset=asset).exclude(language=asset.original_language)
    others.exclude(state=TextState.STALE).update(state=TextState.STALE)


def _write(asset: Asset, row: AssetText, values: Mapping[str, str], original: AssetText | None, by: Actor) -> None:
    clean = {
        name: sanitise(value) if name == "body" else value.strip()
        for name, value in values.items()
        if name in TEXT_FIELDS
    }
    if asset.kind == Kind.ARTICLE and "body" in clean:
        store_references(asset, row.language, check_references(asset, clean["body"], by=by))
    changed = any(getattr(row, name) != value for name, value in clean.items())
    for name, value in clean.items():
        setattr(row, name, value)
    if changed or not row.revision:
        row.revision += 1
    if row.language == asset.original_language or not (changed or STATE in values):
        return
    state = TextState(values.get(STATE, TextState.TRANSLATED))
    if state == TextState.TRANSLATED and STATE in values and not changed and by.user_id is None:
        raise NotAllowed(_("Only a person can say that a translation was read."), code="person_needed")
    row.state = state
    row.source_revision = original.revision if original else None


def _settle(asset: Asset, rows: Mapping[str, AssetText], before: Mapping[str, int]) -> None:
    """One original, and translations that know whether it changed under them."""
    original = rows.get(asset.original_language)
    for row in rows.values():
        if row is original:
            row.state, row.source_revision = TextState.ORIGINAL, None
        elif row.state == TextState.ORIGINAL:  # another language was the original's until now
            row.state = TextState.TRANSLATED
        changed = original is not None and original.revision != before.get(original.language, original.revision)
        if row is not original and changed and original and row.source_revision != original.revision:
            row.state = TextState.STALE
