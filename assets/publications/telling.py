"""Those who published a work hear that it was corrected or withdrawn: one letter to each who reported something."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now
from procrastinate.contrib.django import app

from assets.models import Asset, Publication, ToldOfChange
from assets.states import WorkflowAct
from permissions.actor import actor_for_user
from permissions.models import Agency, User
from permissions.usecases.members import administrators_of
from permissions.vocabulary import AssetState

TELL: Final = "mediacenter.tell_of_change"
WITHDRAWN: Final = str(WorkflowAct.WITHDRAWN)
CORRECTED: Final = "corrected"
MOST_NAMED: Final = 50
"""Publications that one letter names."""
KEPT: Final = timedelta(days=30)
"""How long it is known that a letter was sent; no job waits that long to be run again."""


@dataclass(frozen=True, kw_only=True)
class ChangeLetter:
    """``named``: address or title of at most ``MOST_NAMED`` of the ``count`` that they reported."""

    to: User
    reference: str
    asset_id: UUID
    change: str
    named: tuple[str, ...]
    count: int


def ask_to_tell(asset: Asset, change: str) -> int:
    """A job for each agency and person that reported a publication of the asset; how many. In the transaction of the
    change, so that either both are there or none."""
    rows = Publication.objects.filter(asset=asset).order_by("agency_id", "user_id")
    whom = list(rows.values_list("agency_id", "user_id").distinct())
    task = app.configure_task(TELL, queue="notify")
    for agency_id, user_id in whom:
        task.defer(
            asset_id=str(asset.pk), agency_id=str(agency_id), user_id=str(user_id) if user_id else "", change=change
        )
    return len(whom)


def letters_of(*, asset_id: UUID, agency_id: UUID, user_id: UUID | None, change: str) -> list[ChangeLetter]:
    """What is to be said now and to whom: who reported, while they are of the agency, else its administrators.

    Nothing once the work is no longer withdrawn. That a work was withdrawn everybody hears who published it; of a
    correction only who still sees the work.
    """
    asset = Asset.objects.filter(pk=asset_id, deleted_at=None).first()
    agency = Agency.objects.filter(pk=agency_id).select_related("merged_into").first()
    if asset is None or agency is None or (change == WITHDRAWN and asset.state != AssetState.WITHDRAWN):
        return []
    agency = agency.merged_into or agency
    whose = Q(user=None) if user_id is None else Q(user_id=user_id)
    rows = Publication.objects.filter(whose, asset=asset, agency=agency).order_by("-id")
    count = rows.count()
    if not count:
        return []
    named = tuple(url or title for url, title in rows.values_list("url", "title")[:MOST_NAMED])
    return [
        ChangeLetter(to=person, reference=asset.reference, asset_id=asset.pk, change=change, named=named, count=count)
        for person in _receivers(agency, user_id)
        if change == WITHDRAWN or Asset.objects.visible_to(actor_for_user(person)).filter(pk=asset.pk).exists()
    ]


def _receivers(agency: Agency, user_id: UUID | None) -> list[User]:
    person = User.objects.filter(pk=user_id, is_active=True).first() if user_id else None
    if person is not None and actor_for_user(person).role_at(agency.path) is not None:
        return [person]
    return administrators_of(agency)


def was_told(job: int, person: User) -> bool:
    """Whether a run of this job noted its letter to the person."""
    return ToldOfChange.objects.filter(job=job, user=person).exists()


def note_told(job: int, person: User) -> bool:
    """Note the letter; whether this run is the first to do so."""
    return ToldOfChange.objects.get_or_create(job=job, user=person)[1]


def forget_told(job: int, person: User) -> None:
    """The mail server said that it did not take the letter."""
    ToldOfChange.objects.filter(job=job, user=person).delete()


def forget_old_letters() -> int:
    """Forget the letters of jobs that are over for long; how many."""
    return ToldOfChange.objects.filter(at__lt=Now() - KEPT).delete()[0]
