from assets.models.article import ArticleReference, DataTable
from assets.models.asset import Asset, AssetQuerySet, AssetShare, AssetText, ReferenceCounter
from assets.models.change import ChangeEntry, ChangePending, ChangesState, RenamedAgency
from assets.models.chunk import ChunkedFilm, FilmChunk
from assets.models.collection import Collection, CollectionItem, CollectionShare
from assets.models.fingerprint import Fingerprint
from assets.models.growing import GrowingSegment, GrowingStream
from assets.models.logo import AgencyLogo
from assets.models.on_demand import OnDemandPicture
from assets.models.parity import ParityPolicy
from assets.models.processing import ProcessingSpeed, QueueClock, QueuedWork, Worker
from assets.models.public_record import PublicRecord, SitemapPage
from assets.models.publication import Publication, ToldOfChange
from assets.models.revision import Correction, Revision
from assets.models.rights import Licence, Release
from assets.models.saved_search import AlertLetter, SavedSearch, SearchHit
from assets.models.search import SearchEntry, SearchTerm
from assets.models.statement import UsageStatement
from assets.models.tombstone import Tombstone
from assets.models.track import CueSheet, TextTrack
from assets.models.upload import Upload
from assets.models.use import UseCount
from assets.models.version import AssetVersion, ProcessingAttempt, Rendition, ReplacedObject
from assets.models.watching import Watching
from assets.models.workflow import AssetComment, Nomination, WorkflowEvent

__all__ = [
    "AgencyLogo",
    "AlertLetter",
    "ArticleReference",
    "Asset",
    "AssetComment",
    "AssetQuerySet",
    "AssetShare",
    "AssetText",
    "AssetVersion",
    "ChangeEntry",
    "ChangePending",
    "ChangesState",
    "ChunkedFilm",
    "Collection",
    "CollectionItem",
    "CollectionShare",
    "Correction",
    "CueSheet",
    "DataTable",
    "FilmChunk",
    "Fingerprint",
    "GrowingSegment",
    "GrowingStream",
    "Licence",
    "Nomination",
    "OnDemandPicture",
    "ParityPolicy",
    "ProcessingAttempt",
    "ProcessingSpeed",
    "PublicRecord",
    "Publication",
    "QueueClock",
    "QueuedWork",
    "ReferenceCounter",
    "Release",
    "RenamedAgency",
    "Rendition",
    "ReplacedObject",
    "Revision",
    "SavedSearch",
    "SearchEntry",
    "SearchHit",
    "SearchTerm",
    "SitemapPage",
    "TextTrack",
    "ToldOfChange",
    "Tombstone",
    "Upload",
    "UsageStatement",
    "UseCount",
    "Watching",
    "Worker",
    "WorkflowEvent",
]
