"""An album as one ZIP: planned as a whole, so that its length is known; sent file by file, never held.

Nothing is compressed (pictures and films are already). Each file is asked for its rights again when its turn comes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from zipstream import ZipStream

from assets.access import judge
from assets.archive_names import NamesInArchive
from assets.models import Asset, Collection, Rendition
from assets.models.asset import AssetQuerySet
from assets.showing import is_internal, is_whole_work
from assets.storage import get_store
from assets.tables import TableData, table_to_csv
from assets.terms import credit_of, usage_sentence
from assets.usecases.collections_edit import ordered_for
from assets.usecases.downloads_admit import Taking, admit_downloads
from assets.uses.counting import count_download
from permissions.actor import Actor
from permissions.errors import Conflict, NotFound
from permissions.rights import require_use
from permissions.vocabulary import Use

MANIFEST: Final = "MANIFEST.csv"
ARCHIVE: Final = "archive"
"""As which statements name it."""
BLOCK: Final = 256 * 1024
COLUMNS: Final = ("file", "reference", "title", "credit", "terms", "bytes", "left out because")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One file of an archive: the largest rendition of a work that can be taken away as one file."""

    asset_id: UUID
    name: str
    key: str
    size: int
    agency_path: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an archive holds, in its order; ``manifest`` is CSV and also names visible works that are left out."""

    members: tuple[Member, ...]
    manifest: bytes

    @property
    def size(self) -> int:
        """Bytes of the works, without the archive's own."""
        return sum(member.size for member in self.members)


class ArchiveTooLarge(Conflict):
    """More than one archive may hold. HTTP: 409."""

    code = "archive_too_large"


def plan_collection(collection: Collection, *, by: Actor, territory: str | None) -> Plan:
    """The plan for what ``by`` sees in the collection, in its order. :class:`ArchiveTooLarge` beyond
    ``ARCHIVE_MAX_WORKS`` works or ``ARCHIVE_MAX_BYTES`` bytes."""
    most, largest = settings.ARCHIVE_MAX_WORKS, settings.ARCHIVE_MAX_BYTES
    ids = list(ordered_for(by, collection).values_list("asset_id", flat=True)[: most + 1])
    if len(ids) > most:
        raise ArchiveTooLarge(
            _("An archive holds %(most)d works at most, and here are more. Take them one by one, or by the API.")
            % {"most": most},
            limit=most,
        )
    rows = Asset.objects.visible_to(by).with_policy_facts()
    works = rows.prefetch_related("texts", "current_version__renditions").in_bulk(ids)
    plan = plan_archive((works[pk] for pk in ids if pk in works), by=by, territory=territory)
    if plan.size > largest:
        raise ArchiveTooLarge(
            _("An archive holds %(most)d GiB at most, and these are more. Take them one by one, or by the API.")
            % {"most": largest // 1024**3},
            limit=largest,
            size=plan.size,
        )
    return plan


def plan_archive(works: Iterable[Asset], *, by: Actor, territory: str | None) -> Plan:
    """The plan for works that ``by`` may see. They came with their policy facts, texts and renditions."""
    names, members, rows = NamesInArchive(MANIFEST), [], []
    for asset in works:
        title = _title(asset)
        verdict = judge(by, Use.DOWNLOAD, asset, territory=territory)
        found = _largest(asset) if verdict else None
        about = (asset.reference, title, credit_of(asset), usage_sentence(asset))
        if found is None:
            rows.append(("", *about, "", str(verdict.reason or "no_file")))
            continue
        name = names.take(title=title, reference=asset.reference, suffix=found.key.rpartition(".")[2])
        members.append(
            Member(asset_id=asset.pk, name=name, key=found.key, size=found.size, agency_path=asset.agency.path)
        )
        rows.append((name, *about, str(found.size), ""))
    manifest = table_to_csv(TableData(columns=COLUMNS, rows=tuple(rows)))
    return Plan(members=tuple(members), manifest=manifest.encode())


def zip_of(plan: Plan, *, by: Actor, territory: str | None, statement: str = "", looks: bool = False) -> ZipStream:
    """The archive: ``len`` is its exact length, iterating sends it once. First of all ``admit_downloads`` is asked for
    all of it, with ``statement`` and ``looks`` as there. A work that may not be taken any more when its
    turn comes, or whose object is gone, raises (``NotFound``, ``NotAllowed``, ``ObjectMissing``): the transfer breaks
    off short of its announced length, so that nobody takes the rest for the whole."""
    takings = [Taking(asset_id=each.asset_id, agency_path=each.agency_path, file=ARCHIVE) for each in plan.members]
    admit_downloads(takings, by=by, statement=statement, looks=looks)
    stream = ZipStream(sized=True)
    stream.add(plan.manifest, MANIFEST)
    for member in plan.members:
        stream.add(_bytes_of(member, by=by, territory=territory), member.name, size=member.size)
    return stream


def _bytes_of(member: Member, *, by: Actor, territory: str | None) -> Iterator[bytes]:
    rows: AssetQuerySet = Asset.objects.visible_to(by).with_policy_facts()
    asset = rows.filter(pk=member.asset_id).first()
    if asset is None:
        raise NotFound("A work of the archive is not there any more.")
    require_use(judge(by, Use.DOWNLOAD, asset, territory=territory))
    count_download(asset.pk, by)
    with get_store().open(member.key) as source:
        while block := source.read(BLOCK):
            yield block


def _title(asset: Asset) -> str:
    by_language = {text.language: text.title for text in asset.texts.all() if text.title}
    return by_language.get(asset.original_language) or next(iter(by_language.values()), "")


def _largest(asset: Asset) -> Rendition | None:
    """The most pixels, then the most bytes, of the files that are the whole work. None while there is no such file."""
    version = asset.current_version
    if version is None:
        return None
    whole = [
        each
        for each in version.renditions.all()
        if not is_internal(each) and is_whole_work(asset.kind, media_type=each.media_type, profile=each.profile)
    ]
    return max(whole, key=lambda each: ((each.width or 0) * (each.height or 0), each.size), default=None)
