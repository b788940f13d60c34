"""The perceptual hash and the placeholder."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.media_samples import sklearn_photos
from transcoding.pictures.fingerprint import perceptual_hash, placeholder


def by_matrices(image: Image.Image) -> str:
    """The same transform written as two matrix products."""
    grey = np.asarray(image.convert("L").resize((64, 64), Image.Resampling.BOX), dtype=np.float64)
    basis = np.sqrt(2 / 64) * np.cos(np.pi / 128 * np.arange(1, 17)[:, None] * (2 * np.arange(64)[None, :] + 1))
    frequencies = basis @ grey @ basis.T
    return np.packbits(frequencies > np.median(frequencies)).tobytes().hex()


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.mark.parametrize("photo", sklearn_photos(), ids=lambda path: path.stem)
def test_the_hash_is_the_signs_of_the_low_frequencies(photo: Path) -> None:
    with Image.open(photo) as image:
        digest, quality = perceptual_hash(image.convert("RGB"))
        assert distance(digest, by_matrices(image)) == 0
        assert quality == 100


@pytest.mark.parametrize("photo", sklearn_photos(), ids=lambda path: path.stem)
def test_the_hash_survives_resizing_and_brightness(photo: Path) -> None:
    with Image.open(photo) as opened:
        image = opened.convert("RGB")
    digest, _ = perceptual_hash(image)
    for changed in (image.resize((200, 133)), image.point(lambda value: value * 0.8), image.resize((1500, 1000))):
        assert distance(digest, perceptual_hash(changed)[0]) <= 31
    assert distance(digest, perceptual_hash(image.transpose(Image.Transpose.ROTATE_90))[0]) > 90


@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 900), (64, 64)])
def test_flat_and_tiny_pictures_have_a_hash_of_no_quality(size: tuple[int, int]) -> None:
    digest, quality = perceptual_hash(Image.new("RGB", size, "teal"))
    assert len(digest) == 64
    assert quality == 0
    assert len(placeholder(Image.new("RGB", size, "teal"))) == 28
