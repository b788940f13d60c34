"""An article as ninjs 2.1 (IPTC, News in JSON): the works of the warehouse are its associations."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from assets.articles.blocks import Reference, walk, words_of
from assets.articles.delivering import HTML_LANGUAGE, Article, article_text, body_html
from assets.articles.resolving import Shown, ShownFile
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
    """The news object. ``associations`` name only what the reader may see; a withdrawn work has no association."""
    asset = article.asset
    text = article_text(article)
    values: dict[str, Any] = {
        "standard": STANDARD,
        "uri": uri_of(str(asset.pk)),
        "type": "text",
        "representationtype": "full",
        "version": str(asset.revision),
        "firstcreated": _time(asset.created_at),
        "versioncreated": _time(asset.updated_at),
        "pubstatus": PUBSTATUS.get(AssetState(asset.state), "withheld"),
        "urgency": asset.urgency,
        "language": HTML_LANGUAGE[article.language],
        "headlines": [_said("main", article.headline)],
        "bodies": [
            {"role": "main", "contenttype": "text/html", "value": body_html(article)},
            {
                "role": "plain",
                "contenttype": "text/plain",
                "charcount": len(text),
                "wordcount": len(text.split()),
                "value": text,
            },
        ],
        "associations": [_association(number, *pair) for number, pair in enumerate(_works(article), start=1)],
        "altids": [{"role": "reference", "value": asset.reference}],
    }
    optional = {
        "descriptions": [_said("lead", article.lead)] if article.lead else None,
        "subjects": [{"name": word} for word in asset.keywords] or None,
        "embargoed": _time(asset.embargo_until) if asset.embargo_until else None,
        "expires": _time(asset.rights_end) if asset.rights_end else None,
        "by": asset.author or None,
        "copyrightnotice": asset.credit_line or None,
        "usageterms": asset.licence or None,
        "places": [{"name": asset.place}] if asset.place else None,
        "contentcreated": _time(asset.event_date) if asset.event_date else None,
    }
    return values | {name: value for name, value in optional.items() if value is not None}


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
        "representationtype": "partial",
        "language": HTML_LANGUAGE[work.language],
        "headlines": [_said("main", work.title)],
        "altids": [{"role": "reference", "value": work.reference}],
        "renditions": [_rendition(file) for file in work.files],
    }
    if caption:
        values["descriptions"] = [_said("caption", caption)]
    if work.corrected is not None:
        values["versioncreated"] = _time(work.corrected)
    if work.credit:
        values["copyrightnotice"] = work.credit
    return values


def _said(role: str, value: str) -> dict[str, str]:
    return {"role": role, "contenttype": "text/plain", "value": value}


def _rendition(file: ShownFile) -> dict[str, Any]:
    sizes = {"width": file.width, "height": file.height, "duration": file.duration}
    said = {name: value for name, value in sizes.items() if value is not None}
    return {"name": file.name, "href": file.url, "contenttype": file.media_type, "sizeinbytes": file.size, **said}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
