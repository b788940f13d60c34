from assets.models.article import ArticleReference, DataTable
from assets.models.asset import Asset, AssetQuerySet, AssetShare, AssetText, ReferenceCounter
from assets.models.collection import Collection, CollectionItem, CollectionShare
from assets.models.parity import ParityPolicy
from assets.models.upload import Upload
from assets.models.version import AssetVersion, ProcessingAttempt, Rendition

__all__ = [
    "ArticleReference",
    "Asset",
    "AssetQuerySet",
    "AssetShare",
    "AssetText",
    "AssetVersion",
    "Collection",
    "CollectionItem",
    "CollectionShare",
    "DataTable",
    "ParityPolicy",
    "ProcessingAttempt",
    "ReferenceCounter",
    "Rendition",
    "Upload",
]
