"""The works that an article shows: refused where the author may not know them, kept as rows beside the text."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from assets.articles.parsing import parse
from assets.models import ArticleReference, Asset
from assets.states import Kind
from permissions.actor import Actor
from permissions.errors import Invalid
from permissions.rights import by_terms
from permissions.vocabulary import Use

MAX_REFERENCES = 200
"""In one text."""


def check_references(article: Asset, html: str, *, by: Actor) -> tuple[UUID, ...]:
    """The ids of the works that the body shows, in order.

    Raises :class:`Invalid` with ``reference_unusable`` and the values as they were written, for works that do not exist
    and for works that the actor may not know alike, and with ``reference_refused`` for works of other agencies whose
    terms do not let the actor reuse them, whatever state they are in: an article is written before it is published.
    What the article shows already may stay: whoever mends a word need not see every picture.
    """
    body = parse(html)
    found = body.references
    if len(found) > MAX_REFERENCES:
        sentence = _("An article shows at most %(most)d works.") % {"most": MAX_REFERENCES}
        raise Invalid(sentence, code="too_many_references", fields={"body": [sentence]})
    kept = set(ArticleReference.objects.filter(article=article).values_list("asset_id", flat=True))
    asked = set(found) - kept
    usable = Asset.objects.visible_to(by).filter(pk__in=asked).exclude(kind=Kind.ARTICLE)
    works = {work.pk: work for work in usable.select_related("licence_terms")}
    unknown = asked - works.keys()
    refused = [*body.malformed, *(str(asset) for asset in dict.fromkeys(found) if asset in unknown)]
    if refused:
        sentence = _("The text shows works that do not exist, that you may not see, or that are articles themselves.")
        raise Invalid(sentence, code="reference_unusable", references=refused, fields={"body": [sentence]})
    _require_reuse(article, [works[key] for key in dict.fromkeys(found) if key in works], by=by)
    return found


def _require_reuse(article: Asset, works: Sequence[Asset], *, by: Actor) -> None:
    """Raise ``reference_refused`` for the first refusal, naming all works that it is true of."""
    judged = {work: by_terms(by, Use.REUSE, work) for work in works if work.agency_id != article.agency_id}
    first = next((verdict for verdict in judged.values() if not verdict), None)
    if first is None:
        return
    alike = [work for work, verdict in judged.items() if verdict == first]
    sentence = f"{', '.join(work.reference for work in alike)}: {first.sentence}"
    raise Invalid(
        sentence,
        code="reference_refused",
        references=[str(work.pk) for work in alike],
        reason=str(first.reason),
        fields={"body": [sentence]},
        **first.data,
    )


def store_references(article: Asset, language: str, assets: Sequence[UUID]) -> None:
    """Replace the rows of one text. Call in the transaction that writes the text and holds the article's row."""
    ArticleReference.objects.filter(article=article, language=language).delete()
    ArticleReference.objects.bulk_create(
        ArticleReference(article=article, language=language, asset_id=asset, position=position)
        for position, asset in enumerate(assets, start=1)
    )
