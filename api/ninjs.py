"""Every kind of work as ninjs 3.0 (IPTC, News in JSON): one object in one language."""

from typing import Any

from api.described import Described
from assets.articles.delivering import Article
from assets.articles.ninjs import PUBSTATUS, TYPE_OF, article_content, rendition, said
from assets.moments import rfc3339
from assets.showing import TrackShown
from assets.states import Kind
from permissions.vocabulary import AssetState

STANDARD = {
    "name": "ninjs",
    "version": "3.0",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.0.json",
}


def ninjs(work: Described, article: Article | None) -> dict[str, Any]:
    """The news object; ``article`` is the body of one, with the works that its reader may see as associations."""
    asset = work.asset
    values: dict[str, Any] = {
        "uri": work.uri,
        "standard": STANDARD,
        "type": "text" if asset.kind == Kind.ARTICLE else TYPE_OF[Kind(asset.kind)],
        "representationType": "full",
        "version": str(asset.revision),
        "firstCreated": rfc3339(asset.created_at),
        "versionCreated": rfc3339(asset.updated_at),
        "pubStatus": PUBSTATUS.get(AssetState(asset.state), "withheld"),
        "urgency": asset.urgency,
        "language": work.language,
        "title": work.title,
        "headlines": [said("main", work.title)],
        "copyrightNotice": work.copyright,
        "usageTerms": work.terms,
        "altIds": [{"role": "reference", "value": asset.reference}],
        "infoSources": [{"name": name} for name in dict.fromkeys((asset.source, work.agency)) if name],
        **(article_content(article) if article else {}),
    }
    return values | {name: value for name, value in _optional(work).items() if value}


def _optional(work: Described) -> dict[str, Any]:
    asset = work.asset
    lead = "lead" if asset.kind == Kind.ARTICLE else "caption"
    descriptions = ((lead, work.caption), ("altText", work.alt))
    return {
        "descriptions": [said(role, text) for role, text in descriptions if text],
        "subjects": [{"name": word} for word in asset.keywords],
        "people": [{"name": name} for name in asset.people],
        "places": [{"name": asset.place}] if asset.place else None,
        "by": asset.author,
        "contentCreated": rfc3339(asset.event_date) if asset.event_date else None,
        "embargoed": rfc3339(asset.embargo_until) if asset.embargo_until else None,
        "expires": rfc3339(asset.rights_end) if asset.rights_end else None,
        "rightsInfo": {"linkedRights": work.licence_url} if work.licence_url else None,
        "renditions": [*map(rendition, work.files), *map(_track, work.tracks)],
    }


def _track(track: TrackShown) -> dict[str, Any]:
    return {
        "name": f"{track.kind}-{track.language}",
        "href": track.url,
        "contentType": "text/vtt",
        "title": track.label,
    }
