"""Fingerprints, written in the transaction that publishes what a run made of a version."""

from collections.abc import Callable, Sequence
from typing import Final

from django.db import transaction

from assets.models import AssetVersion, Fingerprint
from assets.models.version import AssetVersionQuerySet
from assets.similar.bands import bits_of
from assets.states import VersionState

GOOD: Final = 50
"""Of 100. The hash of a flatter picture (a blank page, a lone sign on one colour) is near those of all others."""
BATCH: Final = 1000


def keep_fingerprint(version: AssetVersion) -> None:
    """Write how the version's picture is found by its likes; nothing of what has no picture. Call in the transaction
    that changed its hash."""
    if version.perceptual_hash:
        Fingerprint.objects.bulk_create(
            [_of(version)], update_conflicts=True, unique_fields=["version"], update_fields=["bits"]
        )


def keep_missing(
    *, most: int | None = None, batch: int = BATCH, on_progress: Callable[[int], None] = lambda _: None
) -> int:
    """Write those of versions from before there were any, or that a worker of the release before made; how many. In
    short transactions, so that a run that was stopped goes on where it was; never over one that is there already.
    ``on_progress`` gets how many so far."""
    done = 0
    while most is None or done < most:
        size = batch if most is None else min(batch, most - done)
        versions = list(_without()[:size])
        if not versions:
            break
        _keep_new(versions)
        done += len(versions)
        on_progress(done)
    return done


@transaction.atomic
def _keep_new(versions: Sequence[AssetVersion]) -> None:
    """Their rows are held meanwhile, in order: a version that is purged would leave nothing to point to."""
    there = AssetVersion.objects.filter(pk__in=[version.pk for version in versions]).order_by("pk")
    held = there.select_for_update(no_key=True).only("perceptual_hash", "facts")
    Fingerprint.objects.bulk_create([_of(version) for version in held], ignore_conflicts=True)


def _without() -> AssetVersionQuerySet:
    rows = AssetVersion.objects.filter(state=VersionState.READY, fingerprint=None).exclude(perceptual_hash="")
    return rows.order_by("pk").only("pk")


def _of(version: AssetVersion) -> Fingerprint:
    good = (version.facts.get("perceptual_hash_quality") or 0) >= GOOD
    return Fingerprint(version=version, bits=bits_of(version.perceptual_hash) if good else None)
