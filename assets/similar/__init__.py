"""Pictures that look alike: ``bands`` of their hashes, ``keeping`` them with the versions, ``finding`` by them."""

from assets.similar.bands import FARTHEST
from assets.similar.finding import MOST_FOUND, Neighbour, neighbours
from assets.similar.keeping import keep_fingerprint, keep_missing

__all__ = ["FARTHEST", "MOST_FOUND", "Neighbour", "keep_fingerprint", "keep_missing", "neighbours"]
