"""The files that an asset has had: which of them somebody may know of, and an asset looked at in an earlier one."""

import copy

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from assets.models import Asset, AssetVersion, Correction
from permissions.actor import Actor
from permissions.errors import NotFound


def versions_of(asset: Asset, *, reader: Actor) -> "QuerySet[AssetVersion]":
    """The versions of the asset that the reader may know of, newest first."""
    return AssetVersion.objects.visible_to(reader).filter(asset=asset).order_by("-number")


def with_corrections(rows: "QuerySet[AssetVersion]") -> "QuerySet[AssetVersion]":
    """Everything that a list says of each."""
    proposals = Correction.objects.select_related("made_by", "token", "decided_by").order_by("-id")
    return rows.select_related("created_by").prefetch_related(Prefetch("corrections", proposals), "renditions")


def version_of(asset: Asset, number: int, *, reader: Actor) -> AssetVersion:
    """One of :func:`versions_of`, or :class:`NotFound`, which looks the same for what is hidden and what never was."""
    found = versions_of(asset, reader=reader).filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no such version."))
    return found


def at_version(asset: Asset, version: AssetVersion) -> Asset:
    """The same asset as it looks in this version; for showing only, never to be saved."""
    seen = copy.copy(asset)
    seen._state = copy.copy(asset._state)  # noqa: SLF001 - so that the original's cached relations stay its own
    seen._state.fields_cache = dict(asset._state.fields_cache)  # noqa: SLF001
    seen.current_version = version
    return seen
