"""An album as one ZIP: planned as a whole, so that its length is known; sent file by file, never held.

Nothing is compressed (pictures and films are already). Each file is asked for its rights again when its turn comes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from zipstream import ZipStream

from assets.access import judge
from assets.archive_names import NamesInArchive
from assets.models import Asset, Rendition
from assets.models.asset import AssetQuerySet
from assets.storage import get_store
from assets.tables import TableData, table_to_csv
from assets.terms import credit_of, usage_sentence
from permissions.actor import Actor
from permissions.errors import NotFound
from permissions.rights import require_use
from permissions.vocabulary import Use

MANIFEST: Final = "MANIFEST.csv"
BLOCK: Final = 256 * 1024
COLUMNS: Final = ("file", "reference", "title", "credit", "terms", "bytes", "left out because")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One file of an archive: the largest rendition of a work that can be taken away as one file."""

    asset_id: UUID
    name: str
    key: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an archive holds, in its order; ``manifest`` is CSV and also names visible works that are left out."""

    members: tuple[Member, ...]
    manifest: bytes

    @property
    def size(self) -> int:
        """Bytes of the works, without the archive's own."""
        return sum(member.size for member in self.members)


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
        members.append(Member(asset_id=asset.pk, name=name, key=found.key, size=found.size))
        rows.append((name, *about, str(found.size), ""))
    manifest = table_to_csv(TableData(columns=COLUMNS, rows=tuple(rows)))
    return Plan(members=tuple(members), manifest=manifest.encode())


def zip_of(plan: Plan, *, by: Actor, territory: str | None) -> ZipStream:
    """The archive: ``len`` is its exact length, iterating sends it once. A work that may not be taken any more when its
    turn comes, or whose object is gone, raises (``NotFound``, ``NotAllowed``, ``ObjectMissing``): the transfer breaks
    off short of its announced length, so that nobody takes the rest for the whole."""
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
    with get_store().open(member.key) as source:
        while block := source.read(BLOCK):
            yield block


def _title(asset: Asset) -> str:
    by_language = {text.language: text.title for text in asset.texts.all() if text.title}
    return by_language.get(asset.original_language) or next(iter(by_language.values()), "")


def _largest(asset: Asset) -> Rendition | None:
    """The most pixels, then the most bytes; files of streams are no files to be taken alone."""
    version = asset.current_version
    if version is None:
        return None
    whole = [each for each in version.renditions.all() if not each.profile.startswith("hls/")]
    media = [each for each in whole if each.media_type.startswith(_MAIN[asset.kind])] if asset.kind in _MAIN else []
    return max(media or whole, key=lambda each: ((each.width or 0) * (each.height or 0), each.size), default=None)


_MAIN: Final = {"video": "video/", "audio": "audio/"}
"""Of a film the film and not its poster, of a sound the sound."""
