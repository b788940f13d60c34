"""The translator's list of work: what lacks a language, was never read by a person, or has gone stale."""

from typing import Any

from django.db.models import OuterRef, Q, Subquery, TextChoices
from django.utils.translation import gettext_lazy as _

from assets.lists.newest import NewestRows
from assets.lists.sought import Narrow, Wanted
from assets.models import Asset, AssetQuerySet, AssetText
from assets.states import TextState
from permissions.actor import Actor
from permissions.editable_rows import editable_assets
from permissions.models import Agency
from permissions.policy import STATES_FOR
from permissions.vocabulary import Action


class Work(TextChoices):
    """What there is to do with a language of an asset."""

    MISSING = "missing", _("Missing")
    MACHINE = "machine", _("Machine translation")
    STALE = "stale", _("Out of date")


def to_translate(
    actor: Actor, *, language: str, shown: Narrow, work: str | None = None, agency: Agency | None = None
) -> NewestRows:
    """Assets that the actor may edit and whose text in ``language`` needs work (of the given sort); those that have an
    original with a title. Newest first, ``shown`` as :class:`Newest` says."""

    def needing_work(rows: AssetQuerySet) -> AssetQuerySet:
        return _needing_work(rows.filter(editable_assets(actor)), language, work)

    wanted = Wanted(further=needing_work, agency=agency, states=STATES_FOR[Action.EDIT], inside=True)
    return NewestRows(actor=actor, wanted=wanted, shown=shown)


def _needing_work(rows: AssetQuerySet, language: str, work: str | None) -> AssetQuerySet:
    """Asked of one asset after the other: an EXISTS among other conditions is planned as a table of all texts."""
    there = AssetText.objects.filter(asset=OuterRef("pk"))
    original = there.filter(language=OuterRef("original_language"), title__gt="").values("pk")[:1]
    rows = rows.exclude(original_language=language).annotate(
        original_text=Subquery(original), text_state=Subquery(there.filter(language=language).values("state")[:1])
    )
    asked: dict[str, Any] = {"original_text__isnull": False}
    if work == Work.MISSING:
        return rows.filter(**asked | {"text_state__isnull": True})
    if work is not None:
        return rows.filter(**asked | {"text_state": work})
    either: dict[str, Any] = {"text_state__isnull": True, "text_state__in": (TextState.MACHINE, TextState.STALE)}
    return rows.filter(Q(**either, _connector=Q.OR), **asked)


def work_of(asset: Asset, language: str) -> Work | None:
    """What there is to do with this language of the asset; None for what stands."""
    text = next((text for text in asset.texts.all() if text.language == language), None)
    if text is None:
        return Work.MISSING
    return Work(text.state) if text.state in {TextState.MACHINE, TextState.STALE} else None
