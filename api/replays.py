"""Who may be given an answer of before again (``api.idempotency``): who holds the right that making the thing took.

Asked of the place where the thing is now. What is gone, and what the caller may not know of any more, is 404.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from assets.access import decide, get_visible
from assets.models import Collection, Licence
from assets.nominations import get_nomination
from assets.publications.reading import publications_told
from assets.usecases.searches_save import find_search
from permissions.actor import Actor
from permissions.errors import NotFound
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.vocabulary import Action, AgencyAction

GONE = "What was made then is not there any more."
Where = Mapping[str, Any]


def of_agency(actor: Actor, made: UUID, _where: Where) -> None:
    agency = Agency.objects.filter(pk=made, is_active=True).first()
    if agency is None:
        raise NotFound(GONE)
    knows = bool(can_in_agency(actor, AgencyAction.VIEW, agency.path))
    _require_in_agency(actor, AgencyAction.MANAGE, agency.path, knows=knows)


def of_article(actor: Actor, made: UUID, _where: Where) -> None:
    _require_insider(actor, made)


def of_part_of_asset(actor: Actor, _made: UUID, where: Where) -> None:
    """Comments, releases and tracks: of the asset in the address."""
    _require_insider(actor, where["asset_id"])


def of_collection(actor: Actor, made: UUID, _where: Where) -> None:
    collection = Collection.objects.select_related("agency").filter(pk=made).first()
    if collection is None:
        raise NotFound(GONE)
    knows = Collection.objects.visible_to(actor).filter(pk=made).exists()
    _require_in_agency(actor, AgencyAction.UPLOAD, collection.agency.path, knows=knows)


def of_licence(actor: Actor, made: UUID, _where: Where) -> None:
    licence = Licence.objects.select_related("agency").filter(pk=made).first()
    if licence is None or licence.agency is None:
        raise NotFound(GONE)
    knows = Licence.objects.visible_to(actor).filter(pk=made).exists()
    _require_in_agency(actor, AgencyAction.MANAGE, licence.agency.path, knows=knows)


def of_nomination(actor: Actor, made: UUID, _where: Where) -> None:
    get_nomination(actor, made)


def of_publication(actor: Actor, made: UUID, where: Where) -> None:
    asset = get_visible(actor, where["asset_id"])
    if not publications_told(asset, actor).filter(pk=made).exists():
        raise NotFound(GONE)


def of_saved_search(actor: Actor, made: UUID, _where: Where) -> None:
    find_search(actor, made)


def _require_in_agency(actor: Actor, action: AgencyAction, path: str, *, knows: bool) -> None:
    """Also for a token that may make such things and read none: it was answered, and is again."""
    decision = can_in_agency(actor, action, path)
    if not decision and not knows:
        raise NotFound(GONE)
    require(decision)


def _require_insider(actor: Actor, asset_id: UUID) -> None:
    """Who follows the work in its agency, or may edit it: a work moves on and out of the hands of a contributor, who
    made a part of it all the same."""
    asset = get_visible(actor, asset_id)
    following = decide(actor, Action.FOLLOW, asset)
    require(following or decide(actor, Action.EDIT, asset))
