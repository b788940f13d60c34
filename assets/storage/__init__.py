"""The object store; :func:`get_store` gives the one that ``STORAGE_URL`` names."""

from functools import lru_cache

from assets.storage.base import ObjectStore


@lru_cache(maxsize=1)
def get_store() -> ObjectStore:
    """The store of this installation."""
    raise NotImplementedError
