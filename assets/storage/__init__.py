"""Where the bytes are: one interface (:mod:`assets.storage.base`), a folder and S3 behind it."""

from functools import lru_cache

from assets.storage.base import ObjectStore
from assets.storage.config import FolderConfig, S3Config, StorageUrlError, parse_storage_url

__all__ = ["FolderConfig", "S3Config", "StorageUrlError", "get_store", "parse_storage_url"]


@lru_cache(maxsize=1)
def get_store() -> ObjectStore:
    """The store of this installation, by the settings STORAGE_URL, MEDIA_ORIGIN and SECRET_KEY."""
    from django.conf import settings

    config = parse_storage_url(settings.STORAGE_URL)
    if isinstance(config, S3Config):
        from assets.storage.s3 import S3Store  # boto3 takes 0.3 s to import; a folder needs none of it

        return S3Store(config)
    from assets.storage.folder import FolderStore

    return FolderStore(config.root, base_url=settings.MEDIA_ORIGIN, secret=settings.SECRET_KEY.encode())
