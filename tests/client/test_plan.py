from hypothesis import given
from hypothesis import strategies as st

from mediacenter.client.answers import ArrivedPart
from mediacenter.client.plan import Claim, PartSlice, compare, groups, slices


def arrived(number: int, size: int, *, etag: str = "", sha256: str | None = None) -> ArrivedPart:
    return ArrivedPart(number=number, size=size, etag=etag, sha256=sha256)


def test_all_parts_but_the_last_have_the_part_size() -> None:
    assert slices(25, 10) == (
        PartSlice(number=1, offset=0, size=10),
        PartSlice(number=2, offset=10, size=10),
        PartSlice(number=3, offset=20, size=5),
    )


@given(size=st.integers(1, 5 * 1024**4), count=st.integers(1, 50))
def test_the_parts_are_the_file_without_gap_or_overlap(size: int, count: int) -> None:
    parts = slices(size, -(-size // count))
    assert [part.offset + part.size for part in parts] == [*(part.offset for part in parts[1:]), size]
    assert parts[0].offset == 0
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert min(part.size for part in parts) > 0
    assert [part for group in groups(parts, 3) for part in group] == list(parts)


def test_only_parts_with_the_right_size_and_something_to_compare_are_worth_a_look() -> None:
    parts = slices(50, 10)
    md5 = "d41d8cd98f00b204e9800998ecf8427e"
    by_sha = arrived(1, 10, sha256="ab" * 32)
    by_md5 = arrived(2, 10, etag=md5)

    missing, claims = compare(parts, [by_sha, by_md5, arrived(3, 9, etag=md5), arrived(4, 10, etag="opaque-1")])

    assert claims == [Claim(part=parts[0], arrived=by_sha), Claim(part=parts[1], arrived=by_md5)]
    assert missing == [parts[2], parts[3], parts[4]]


def test_a_part_that_is_none_of_ours_changes_nothing() -> None:
    assert compare(slices(10, 10), [arrived(7, 10, sha256="ab" * 32)]) == (list(slices(10, 10)), [])
