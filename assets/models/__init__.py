from assets.models.article import ArticleReference, DataTable
from assets.models.asset import Asset, AssetQuerySet, AssetShare, AssetText, ReferenceCounter
from assets.models.collection import Collection, CollectionItem, CollectionShare
from assets.models.logo import AgencyLogo
from assets.models.parity import ParityPolicy
from assets.models.revision import Correction, Revision
from assets.models.rights import Licence, Release
from assets.models.tombstone import Tombstone
from assets.models.track import CueSheet, TextTrack
from assets.models.upload import Upload
from assets.models.version import AssetVersion, ProcessingAttempt, Rendition, ReplacedObject
from assets.models.watching import Watching
from assets.models.workflow import AssetComment, Nomination, WorkflowEvent

__all__ = [
    "AgencyLogo",
    "ArticleReference",
    "Asset",
    "AssetComment",
    "AssetQuerySet",
    "AssetShare",
    "AssetText",
    "AssetVersion",
    "Collection",
    "CollectionItem",
    "CollectionShare",
    "Correction",
    "CueSheet",
    "DataTable",
    "Licence",
    "Nomination",
    "ParityPolicy",
    "ProcessingAttempt",
    "ReferenceCounter",
    "Release",
    "Rendition",
    "ReplacedObject",
    "Revision",
    "TextTrack",
    "Tombstone",
    "Upload",
    "Watching",
    "WorkflowEvent",
]
