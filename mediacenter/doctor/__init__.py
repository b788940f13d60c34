"""Looks at every part of an installation and says what to do about each finding."""

from collections.abc import Iterator

from mediacenter.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]


def examine() -> Iterator[Finding]:
    """Every finding, part by part; a part that cannot be asked is itself a finding, and the others are still asked."""
    from mediacenter.doctor import changes, database, keeping, machine, queue, record, settings, store

    for part in (settings, machine, database, record, changes, store, queue, keeping):
        yield from part.findings()
