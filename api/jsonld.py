"""Every kind of work as JSON-LD in the words of schema.org, for pages and programs; only what lasts is named."""

import json
from typing import Any, Final

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from api.described import Described
from assets.articles.delivering import Article, article_text
from assets.articles.ninjs import uri_of
from assets.articles.resolving import Shown, ShownFile
from assets.models import DataTable
from assets.moments import rfc3339
from assets.showing import TrackShown
from assets.states import Kind

TYPE_OF: Final = {
    Kind.PHOTO: "ImageObject",
    Kind.INFOGRAPHIC: "ImageObject",
    Kind.VIDEO: "VideoObject",
    Kind.AUDIO: "AudioObject",
    Kind.ARTICLE: "NewsArticle",
}
PIXEL: Final = "E37"
"""The unit's code by UN/CEFACT, as schema.org asks for."""
ESCAPED: Final = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_ld(work: Described, *, article: Article | None, table: DataTable | None) -> dict[str, Any]:
    """The work as one object; ``work`` was described with ``lasting``. ``table``: the figures behind an infographic."""
    asset = work.asset
    values: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": TYPE_OF[Kind(asset.kind)],
        "@id": work.uri,
        "url": work.embed_url or work.uri,
        "identifier": {"@type": "PropertyValue", "propertyID": "reference", "value": asset.reference},
        "name": work.title,
        "inLanguage": work.language,
        "dateCreated": rfc3339(asset.event_date or asset.created_at),
        "dateModified": rfc3339(asset.corrected_at or asset.updated_at),
        "creditText": work.credit,
        "copyrightNotice": work.copyright,
        "conditionsOfAccess": work.terms,
        "acquireLicensePage": work.uri,
        "publisher": {"@type": "GovernmentOrganization", "name": work.agency},
        "creator": {"@type": "Person", "name": asset.author}
        if asset.author
        else {"@type": "GovernmentOrganization", "name": work.agency},
    }
    said = _about(work) | (_news(article) if article else _media(work)) | _figures(work, table)
    return values | {name: value for name, value in said.items() if value not in (None, "", [])}


def script_block(value: dict[str, Any]) -> SafeString:
    """The text for ``<script type="application/ld+json">``: no sign in it ends the element or begins a tag. A browser
    reads such a block as data and never runs it, so the page's policy on scripts stays as it is."""
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(ESCAPED)
    return mark_safe(said)  # noqa: S308  every sign that HTML knows is escaped


def iso_duration(seconds: float) -> str:
    """``PT1H1M1.5S`` (ISO 8601-1, 5.5.2.2), to the millisecond."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{thousandths:03d}".rstrip("0") if thousandths else ""
    parts = [
        f"{hours}H" if hours else "",
        f"{minutes}M" if minutes else "",
        f"{rest}{fraction}S" if rest or fraction else "",
    ]
    return "PT" + ("".join(parts) or "0S")


def _about(work: Described) -> dict[str, Any]:
    asset = work.asset
    others = [each for each in work.translations if each.code != work.code]
    return {
        "description": work.caption or work.alt,
        "keywords": list(asset.keywords),
        "about": [{"@type": "Person", "name": name} for name in asset.people],
        "contentLocation": {"@type": "Place", "name": asset.place} if asset.place else None,
        "datePublished": rfc3339(asset.published_at) if asset.published_at else None,
        "expires": rfc3339(asset.rights_end) if asset.rights_end else None,
        "license": work.licence_url,
        "thumbnailUrl": work.thumbnail.url if work.thumbnail else None,
        "workTranslation": [_translation(work, each.code, each.language, each.title) for each in others],
    }


def _translation(work: Described, code: str, language: str, title: str) -> dict[str, Any]:
    said = {"@type": TYPE_OF[Kind(work.asset.kind)], "inLanguage": language, "name": title}
    if work.embed_url:
        said["url"] = f"{work.embed_url.partition('?')[0]}?lang={code}"
    return said


def _media(work: Described) -> dict[str, Any]:
    version = work.asset.current_version
    timed = version is not None and version.duration is not None and work.asset.kind in {Kind.VIDEO, Kind.AUDIO}
    published = work.asset.published_at
    return {
        "caption": [_track(track) for track in work.tracks] if timed else work.caption,
        "embedUrl": work.embed_url,
        "uploadDate": rfc3339(published) if published else None,
        "duration": iso_duration(version.duration) if timed and version and version.duration is not None else None,
        **(_file(work.main) if work.main else {}),
    }


def _file(file: ShownFile) -> dict[str, Any]:
    return {
        "contentUrl": file.url,
        "encodingFormat": file.media_type,
        "contentSize": f"{file.size} B",
        "width": _pixels(file.width),
        "height": _pixels(file.height),
    }


def _pixels(count: int | None) -> dict[str, Any] | None:
    return {"@type": "QuantitativeValue", "value": count, "unitCode": PIXEL} if count else None


def _track(track: TrackShown) -> dict[str, Any]:
    said = {"@type": "MediaObject", "name": track.label, "inLanguage": track.language, "contentUrl": track.url}
    return said | {"encodingFormat": "text/vtt"}


def _news(article: Article) -> dict[str, Any]:
    """Works that everybody may see: the article is kept by whoever reads this, a signed address would not last."""
    shown = [each for each in article.works.values() if isinstance(each, Shown) and each.public]
    return {
        "headline": article.headline,
        "wordCount": len(article_text(article).split()),
        "image": [each.picture.url for each in shown if each.picture],
        "associatedMedia": [_work(each) for each in shown],
    }


def _work(each: Shown) -> dict[str, Any]:
    kind = TYPE_OF[Kind(each.kind)]
    return {"@type": kind, "@id": uri_of(str(each.id)), "name": each.title, "creditText": each.credit}


def _figures(work: Described, table: DataTable | None) -> dict[str, Any]:
    if table is None:
        return {}
    address = f"{settings.SITE_URL}/api/v1/assets/{work.asset.pk}/table?format=csv"
    download = {"@type": "DataDownload", "contentUrl": address, "encodingFormat": "text/csv"}
    dataset = {
        "@type": "Dataset",
        "@id": f"{work.uri}#data",
        "name": table.caption or work.title,
        "description": work.caption or work.alt or work.title,
        "variableMeasured": list(table.columns),
        "distribution": [download],
        "creditText": work.credit,
        "inLanguage": work.language,
    }
    return {"isBasedOn": dataset | ({"license": work.licence_url} if work.licence_url else {})}
