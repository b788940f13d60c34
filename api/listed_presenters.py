"""What lists tell of a work: values as JSON has them, so that a page of them is written as it is.

``tests/api/test_summaries.py`` holds them to what the document says (``AssetSummary``).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from django.utils.translation import get_language

from api.presenters_base import Values, asset_page
from assets.delivery import RenditionUrls
from assets.lists.listed import ListedAgency, ListedVersion, ListedWork
from assets.moments import rfc3339
from assets.rejections import rejection_sentence
from assets.states import VersionState
from permissions.actor import Actor
from permissions.policy import ONCE_PUBLISHED
from permissions.rights import may_look


class Titled(Protocol):
    @property
    def language(self) -> str: ...
    @property
    def title(self) -> str: ...


T = TypeVar("T", bound=Titled)


class Untitled(Protocol):
    @property
    def reference(self) -> str: ...
    @property
    def state(self) -> str: ...


def summary_of(actor: Actor, work: ListedWork, *, territory: str | None) -> Values:
    """``territory``: where the actor is, if that is known."""
    version, text = work.current_version, best_of(work.texts, work.original_language)
    return {
        "id": str(work.id),
        "reference": work.reference,
        "kind": work.kind,
        "state": work.state,
        "audience": work.audience,
        "agency": _agency(work.agency),
        "title": text.title if text else untitled(work, version.filename if version else None),
        "language": text.language if text else work.original_language,
        "languages": [each.language for each in work.texts],
        "credit_line": work.credit_line,
        "urgency": work.urgency,
        "created_at": rfc3339(work.created_at),
        "published_at": _moment(work.published_at),
        "corrected_at": _moment(work.corrected_at),
        "embargo_until": _moment(work.embargo_until),
        "width": version.width if version else None,
        "height": version.height if version else None,
        "duration": version.duration if version else None,
        "placeholder": version.placeholder if version else "",
        "processing": processing_of(version) if version else None,
        "thumbnail": _thumbnail(actor, work, territory),
        "url": asset_page(work.id),
    }


def best_of(texts: Iterable[T], original_language: str) -> T | None:
    """The text in the reader's language, else in the original one, else any that has a title."""
    titled = {text.language: text for text in texts if text.title}
    for language in ((get_language() or "vi")[:2], original_language):
        if language in titled:
            return titled[language]
    return next(iter(titled.values()), None)


def untitled(work: Untitled, filename: str | None) -> str:
    """What a work without a title is called: its file's name while only insiders see it, else its reference."""
    return filename if filename is not None and work.state not in ONCE_PUBLISHED else work.reference


def processing_of(version: ListedVersion) -> Values:
    ready, latest = version.state == VersionState.READY, version.attempt
    return {
        "state": version.state,
        "progress": 100 if ready else latest.progress if latest else 0,
        "playable": 100 if ready else latest.playable if latest else 0,
        "stage": latest.stage if latest else "",
        "code": version.rejection_code,
        "message": rejection_sentence(version.rejection_code, version.rejection_message),
    }


def _agency(agency: ListedAgency) -> Values:
    return {"id": str(agency.pk), "code": agency.code, "name": agency.name_in(get_language() or "vi")}


def _thumbnail(actor: Actor, work: ListedWork, territory: str | None) -> Values | None:
    """None for those who may not look at it from where they are: a signed URL asks nobody again."""
    version, file = work.current_version, work.thumbnail
    if version is None or file is None:
        return None
    if not may_look(actor, work, work.database_now, territory=territory):
        return None
    url = RenditionUrls(work, version, now=work.database_now).rendition(file)
    return {"url": url, "width": file.width, "height": file.height}


def _moment(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
