"""The editor of an article's texts: search the warehouse, put works into the text, look at it before it is saved."""

from dataclasses import dataclass
from html import escape
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from assets.articles.delivering import preview_article
from assets.articles.references import check_references
from assets.html import REFERENCE
from assets.models import Asset
from assets.search import search
from assets.search.query import SearchQuery
from assets.search.query_language import QueryUnreadable
from assets.states import Kind, Language
from mediacenter.web.forms import AssetForm
from mediacenter.web.presentation.assets import Card, card_for, for_pages
from permissions.actor import Actor
from permissions.errors import Invalid

MAX_FOUND = 12


@dataclass(frozen=True, kw_only=True)
class Found:
    """A work to choose; ``snippet`` is what goes into the text."""

    card: Card
    snippet: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    label: str
    html_language: str
    html: SafeString


@dataclass(frozen=True, kw_only=True)
class Editor:
    """What the page shows beside the form. Everything works by sending the form; scripts only save the round trip."""

    query: str
    found: tuple[Found, ...]
    searched: bool
    previews: tuple[Preview, ...]


SUBMITS = ("preview", "find", "insert")
"""The buttons that send the form without saving it."""


def asks_editor(data: QueryDict) -> bool:
    """Whether the form was sent to be looked at or worked on, not to be saved."""
    return any(name in data for name in SUBMITS)


def with_insertion(data: QueryDict) -> QueryDict:
    """The form's data with the chosen work at the end of the chosen text."""
    target, _, key = data.get("insert", "").partition(":")
    if f"body_{target}" not in data or not key:
        return data
    changed = data.copy()
    before = str(changed[f"body_{target}"]).rstrip()
    changed[f"body_{target}"] = f"{before}\n{snippet(key[:40])}\n"
    return changed


def snippet(key: str) -> str:
    """The HTML that shows a work, with an empty caption to fill in."""
    return f'<figure {REFERENCE}="{escape(key)}"><figcaption></figcaption></figure>'


def editor_for(asset: Asset, actor: Actor, form: AssetForm, data: QueryDict | None, *, territory: str | None) -> Editor:
    """The state of the editor; refused references become errors of the form's fields. ``territory``: where its user
    is."""
    query = (data.get("query", "") if data else "").strip()[:200]
    searched = bool(data and query and ("find" in data or "insert" in data))
    previews = _previews(asset, actor, form, territory) if data is not None and "preview" in data else ()
    return Editor(
        query=query, found=_found(actor, query, territory) if searched else (), searched=searched, previews=previews
    )


def _found(actor: Actor, query: str, territory: str | None) -> tuple[Found, ...]:
    """The best that the words find among pictures and films; nothing for words that are no query."""
    try:
        page = search(actor=actor, query=SearchQuery(words=f"{query} -kind:{Kind.ARTICLE}"), size=MAX_FOUND)
    except QueryUnreadable:
        return ()
    rows = for_pages(Asset.objects.visible_to(actor)).in_bulk([hit.asset_id for hit in page.hits])
    return tuple(
        Found(card=card_for(rows[hit.asset_id], actor, territory), snippet=snippet(str(hit.asset_id)))
        for hit in page.hits
        if hit.asset_id in rows
    )


def _previews(asset: Asset, actor: Actor, form: AssetForm, territory: str | None) -> tuple[Preview, ...]:
    found = []
    values: dict[str, Any] = getattr(form, "cleaned_data", {})
    for language in Language:
        body = values.get(f"body_{language}", "")
        if not body:
            continue
        try:
            check_references(asset, body, by=actor)
        except Invalid as refusal:
            form.add_error(f"body_{language}", refusal.message)
        shown = preview_article(asset, language, body, reader=actor, territory=territory)
        found.append(
            Preview(
                label=str(language.label),
                html_language=form.fields[f"body_{language}"].widget.attrs["lang"],
                html=mark_safe(shown),  # noqa: S308  made of typed blocks, every text escaped
            )
        )
    return tuple(found)
