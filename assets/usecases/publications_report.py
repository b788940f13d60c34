from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.access import lock_for
from assets.models import Publication
from assets.publications.addresses import address_of
from assets.states import Medium
from assets.uses.counting import agency_of
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Conflict, Invalid
from permissions.models import Agency
from permissions.vocabulary import Action

EARLIEST: Final = date(1900, 1, 1)
MOST: Final = 500
"""Of one agency about one work."""
ADDRESSED: Final = frozenset({Medium.WEB, Medium.SOCIAL})


class TooManyPublications(Conflict):
    """The agency has reported ``MOST`` of this work."""

    code = "too_many_publications"


@dataclass(frozen=True, kw_only=True)
class NewPublication:
    """``url`` must be given for the web and social networks, else it or a title. ``published_on`` None is today."""

    medium: Medium
    url: str = ""
    title: str = ""
    published_on: date | None = None
    note: str = ""


@transaction.atomic
def report_publication(
    *, asset_id: UUID, by: Actor, new: NewPublication, agency: Agency | None = None
) -> tuple[Publication, bool]:
    """Keep where an agency published a work, and whether that was new: an address that it has reported of this work
    before is the same report, unchanged. ``agency`` is one that the actor has a role in; without it, theirs.

    Raises ``NotFound``, ``NotAllowed``, ``Invalid`` with its fields, or :class:`TooManyPublications`.
    """
    asset = lock_for(by, Action.REPORT, asset_id)
    whose = _reporting(by, agency)
    values = _checked(new)
    given = {"asset": asset, "agency": whose, "url": values["url"]}
    if not values["url"]:
        given |= {name: values[name] for name in ("medium", "published_on", "title")}
    found = Publication.objects.filter(**given).first()
    if found is not None:
        return found, False
    if Publication.objects.filter(asset=asset, agency=whose).count() >= MOST:
        raise TooManyPublications(_("Your agency has reported %(most)d publications of this work.") % {"most": MOST})
    made = Publication.objects.create(asset=asset, agency=whose, user_id=by.user_id, token_id=by.token_id, **values)
    record(
        "asset.publication_reported",
        by=by,
        target=asset.pk,
        agency_id=asset.agency_id,
        publication=str(made.pk),
        reporter=whose.code,
        medium=made.medium,
        address=made.url,
    )
    return made, True


def _reporting(by: Actor, agency: Agency | None) -> Agency:
    whose = agency
    if whose is None:
        own = agency_of(by)
        whose = Agency.objects.filter(pk=own).first() if own else None
    if whose is None or not whose.is_active or by.role_at(whose.path) is None:
        sentence = _("Say which of your agencies published it.")
        raise Invalid(sentence, fields={"agency": [sentence]})
    return whose


def _checked(new: NewPublication) -> dict[str, Any]:
    """The fields of the row; all that is wrong at once."""
    wrong: dict[str, list[str]] = {}
    title, note = " ".join(new.title.split())[:300], new.note.strip()[:1000]
    address = address_of(new.url) if new.url.strip() else None
    if new.url.strip() and address is None:
        wrong["url"] = [_("Give the address of a page, beginning with http:// or https://.")]
    elif address is None and new.medium in ADDRESSED:
        wrong["url"] = [_("Give the address of the page.")]
    elif address is None and not title:
        wrong["title"] = [_("Say what it was published in.")]
    latest = timezone.localdate() + timedelta(days=1)
    day = new.published_on or timezone.localdate()
    if not EARLIEST <= day <= latest:
        wrong["published_on"] = [_("Give the day on which it was published, which is not to come.")]
    if wrong:
        raise Invalid(next(iter(wrong.values()))[0], fields=wrong)
    return {
        "medium": new.medium,
        "url": address.url if address else "",
        "site": address.site if address else "",
        "title": title,
        "published_on": day,
        "note": note,
    }
