from assets.models.asset import Asset, AssetQuerySet, AssetShare, AssetText, ReferenceCounter
from assets.models.collection import Collection, CollectionItem
from assets.models.rights import Licence, Release
from assets.models.upload import Upload
from assets.models.version import AssetVersion, ProcessingAttempt, Rendition

__all__ = [
    "Asset",
    "AssetQuerySet",
    "AssetShare",
    "AssetText",
    "AssetVersion",
    "Collection",
    "CollectionItem",
    "Licence",
    "ProcessingAttempt",
    "ReferenceCounter",
    "Release",
    "Rendition",
    "Upload",
]
