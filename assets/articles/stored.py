"""The bodies of an article as they are stored, for whoever asks: works by their ids, where these may be known."""

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


def bodies_of(asset: Asset, *, reader: Actor) -> dict[str, str]:
    """Safe HTML by language.

    Those who work on the asset get what they would send back. To others an article is silent about the works that they
    may not know, as it is where it is shown, and says nothing of a withdrawn one.
    """
    texts = {text.language: text.body for text in asset.texts.all()}
    if asset.kind != Kind.ARTICLE or decide(reader, Action.FOLLOW, asset) or decide(reader, Action.EDIT, asset):
        return {language: sanitise(html) for language, html in texts.items()}
    return _bodies_for_readers({language: parse(html) for language, html in texts.items()}, reader)


def _bodies_for_readers(bodies: dict[str, Body], reader: Actor) -> dict[str, str]:
    named = {key for body in bodies.values() for key in body.references}
    known: dict[UUID, str] = dict(Asset.objects.visible_to(reader).filter(pk__in=named).values_list("pk", "state"))

    def said(reference: Reference) -> Reference | None:
        if reference.asset not in known:
            return None
        withdrawn = known[reference.asset] == AssetState.WITHDRAWN
        return replace(reference, caption=()) if withdrawn else reference

    return {language: to_html(with_works(body.blocks, said)) for language, body in bodies.items()}
