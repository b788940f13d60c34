"""The bodies of an article as they are stored, for whoever asks: works by their ids, where these may be known."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from assets.access import decide
from assets.articles.blocks import Body, Reference, with_works
from assets.articles.parsing import parse
from assets.articles.serialising import to_html
from assets.html import sanitise
from assets.models import Asset
from assets.states import Kind
from permissions.actor import Actor
from permissions.vocabulary import Action, AssetState


def bodies_of(asset: Asset, *, reader: Actor, known: Mapping[UUID, str] | None = None) -> dict[str, str]:
    """Safe HTML by language. ``known``: what :func:`works_named` said, for those who show many.

    Those who work on the asset get what they would send back. To others an article is silent about the works that they
    may not know, as it is where it is shown, and says nothing of a withdrawn one.
    """
    texts = {text.language: text.body for text in asset.texts.all()}
    if not _is_for_readers(asset, reader):
        return {language: sanitise(html) for language, html in texts.items()}
    bodies = {language: parse(html) for language, html in texts.items()}
    return _bodies_for_readers(bodies, _known(bodies.values(), reader) if known is None else known)


def works_named(assets: Iterable[Asset], *, reader: Actor) -> dict[UUID, str]:
    """The states of the works that these articles name, of those that the reader may know; in one query."""
    shown = [asset for asset in assets if _is_for_readers(asset, reader)]
    return _known([parse(text.body) for asset in shown for text in asset.texts.all()], reader)


def _is_for_readers(asset: Asset, reader: Actor) -> bool:
    works_on = decide(reader, Action.FOLLOW, asset) or decide(reader, Action.EDIT, asset)
    return asset.kind == Kind.ARTICLE and not works_on


def _known(bodies: Iterable[Body], reader: Actor) -> dict[UUID, str]:
    named = {key for body in bodies for key in body.references}
    if not named:
        return {}
    return dict(Asset.objects.visible_to(reader).filter(pk__in=named).values_list("pk", "state"))


def _bodies_for_readers(bodies: dict[str, Body], known: Mapping[UUID, str]) -> dict[str, str]:
    def said(reference: Reference) -> Reference | None:
        if reference.asset not in known:
            return None
        withdrawn = known[reference.asset] == AssetState.WITHDRAWN
        return replace(reference, caption=()) if withdrawn else reference

    return {language: to_html(with_works(body.blocks, said)) for language, body in bodies.items()}
