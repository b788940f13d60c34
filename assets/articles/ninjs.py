"""An article as ninjs (IPTC, News in JSON): the works of the warehouse are its associations.

Names are those of version 3; version 2.1, which ``article?format=ninjs`` answers, has the same ones in lower case.
``api/ninjs.py`` writes version 3, of every kind of work.
"""

from typing import Any

from django.conf import settings

from assets.articles.blocks import Reference, walk, words_of
from assets.articles.delivering import HTML_LANGUAGE, Article, article_text, body_html
from assets.articles.resolving import Shown, ShownFile
from assets.moments import rfc3339
from assets.states import Kind
from permissions.vocabulary import AssetState

STANDARD = {
    "name": "ninjs",
    "version": "2.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_2.1.json",
}
TYPE_OF = {Kind.PHOTO: "picture", Kind.INFOGRAPHIC: "graphic", Kind.VIDEO: "video", Kind.AUDIO: "audio"}
PUBSTATUS = {AssetState.PUBLISHED: "usable", AssetState.WITHDRAWN: "canceled", AssetState.ARCHIVED: "canceled"}


def article_ninjs(article: Article) -> dict[str, Any]:
    """The news object in version 2.1. ``associations`` name only what the reader may see; a withdrawn work has no
    association."""
    asset = article.asset
    values: dict[str, Any] = {
        "standard": STANDARD,
        "uri": uri_of(str(asset.pk)),
        "type": "text",
        "representationType": "full",
        "version": str(asset.revision),
        "firstCreated": rfc3339(asset.created_at),
        "versionCreated": rfc3339(asset.updated_at),
        "pubStatus": PUBSTATUS.get(AssetState(asset.state), "withheld"),
        "urgency": asset.urgency,
        "language": HTML_LANGUAGE[article.language],
        **article_content(article),
        "altIds": [{"role": "reference", "value": asset.reference}],
    }
    optional = {
        "descriptions": [said("lead", article.lead)] if article.lead else None,
        "subjects": [{"name": word} for word in asset.keywords] or None,
        "people": [{"name": name} for name in asset.people] or None,
        "embargoed": rfc3339(asset.embargo_until) if asset.embargo_until else None,
        "expires": rfc3339(asset.rights_end) if asset.rights_end else None,
        "by": asset.author or None,
        "copyrightNotice": asset.credit_line or None,
        "usageTerms": asset.licence or None,
        "places": [{"name": asset.place}] if asset.place else None,
        "contentCreated": rfc3339(asset.event_date) if asset.event_date else None,
    }
    whole: dict[str, Any] = _lower(values | {name: value for name, value in optional.items() if value is not None})
    return whole


def article_content(article: Article) -> dict[str, Any]:
    """Headline, body and works, in the names of version 3."""
    text = article_text(article)
    return {
        "headlines": [said("main", article.headline)],
        "bodies": [
            {"role": "main", "contentType": "text/html", "value": body_html(article)},
            {
                "role": "plain",
                "contentType": "text/plain",
                "charCount": len(text),
                "wordCount": len(text.split()),
                "value": text,
            },
        ],
        "associations": [_association(number, *pair) for number, pair in enumerate(_works(article), start=1)],
    }


def _lower(value: Any) -> Any:
    """The same with the names of version 2.1."""
    if isinstance(value, dict):
        return {name.lower(): _lower(item) for name, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


def uri_of(asset_id: str) -> str:
    """The name that stays the same for ever."""
    return f"{settings.SITE_URL}/assets/{asset_id}"


def _works(article: Article) -> list[tuple[Reference, Shown]]:
    found = []
    for block in walk(article.blocks):
        if isinstance(block, Reference):
            work = article.works.get(block.asset)
            if isinstance(work, Shown):
                found.append((block, work))
    return found


def _association(number: int, reference: Reference, work: Shown) -> dict[str, Any]:
    caption = words_of(reference.caption)
    values: dict[str, Any] = {
        "name": f"work-{number}",
        "uri": uri_of(str(work.id)),
        "type": TYPE_OF.get(Kind(work.kind), "component"),
        "representationType": "partial",
        "language": HTML_LANGUAGE[work.language],
        "headlines": [said("main", work.title)],
        "altIds": [{"role": "reference", "value": work.reference}],
        "renditions": [rendition(file) for file in work.files],
    }
    if caption:
        values["descriptions"] = [said("caption", caption)]
    if work.corrected is not None:
        values["versionCreated"] = rfc3339(work.corrected)
    if work.credit:
        values["copyrightNotice"] = work.credit
    return values


def said(role: str, value: str) -> dict[str, str]:
    """A headline or a description."""
    return {"role": role, "contentType": "text/plain", "value": value}


def rendition(file: ShownFile) -> dict[str, Any]:
    """One file, in the names of version 3. Bytes, pixels, seconds."""
    sizes = {"width": file.width, "height": file.height, "duration": file.duration}
    said = {name: value for name, value in sizes.items() if value is not None}
    return {"name": file.name, "href": file.url, "contentType": file.media_type, "sizeInBytes": file.size, **said}
