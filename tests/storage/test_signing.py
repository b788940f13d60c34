"""Signatures of the folder store's URLs: what was signed is accepted, and nothing else."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assets.storage.signing import (
    PartGrant,
    ReadGrant,
    UrlExpired,
    UrlInvalid,
    parse_expires,
    read_token,
    sign_part,
    verify_part,
    verify_read,
)

SECRET = b"s" * 40
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = int(NOW.timestamp()) + 60

segment = st.text("abcdef0123456789-._", min_size=1, max_size=8).filter(lambda text: text not in {".", ".."})
keys = st.lists(segment, min_size=2, max_size=6).map("/".join)
digests = st.none() | st.text("0123456789abcdef", min_size=64, max_size=64)
names = st.none() | st.text(max_size=20)
part_grants = st.builds(
    PartGrant,
    key=keys,
    upload_id=st.text("0123456789abcdef", min_size=32, max_size=32),
    number=st.integers(1, 10_000),
    size=st.integers(0, 5 * 1024**3),
    sha256=digests,
    expires=st.integers(LATER, LATER + 10**6),
)


@given(grant=part_grants)
def test_a_signed_part_is_accepted_until_it_expires(grant: PartGrant) -> None:
    signature = sign_part(grant, secret=SECRET)
    verify_part(grant, signature, secret=SECRET, now=NOW)
    with pytest.raises(UrlExpired):
        verify_part(grant, signature, secret=SECRET, now=datetime.fromtimestamp(grant.expires, UTC))


@given(grant=part_grants, other=part_grants, field=st.sampled_from([field.name for field in fields(PartGrant)]))
def test_any_changed_field_of_a_part_is_refused(grant: PartGrant, other: PartGrant, field: str) -> None:
    change: dict[str, Any] = {field: getattr(other, field)}
    changed = replace(grant, **change)
    assume(changed != grant)
    with pytest.raises(UrlInvalid):
        verify_part(changed, sign_part(grant, secret=SECRET), secret=SECRET, now=NOW)


@given(grant=part_grants, data=st.data())
def test_any_changed_letter_of_a_signature_is_refused(grant: PartGrant, data: st.DataObject) -> None:
    signature = sign_part(grant, secret=SECRET)
    where = data.draw(st.integers(0, len(signature) - 1))
    changed = signature[:where] + data.draw(st.characters(exclude_characters=signature[where])) + signature[where + 1 :]
    for wrong in (changed, signature[:-1], signature + "A", ""):
        with pytest.raises(UrlInvalid):
            verify_part(grant, wrong, secret=SECRET, now=NOW)


@given(grant=part_grants)
def test_a_forged_url_is_invalid_and_not_merely_expired(grant: PartGrant) -> None:
    with pytest.raises(UrlInvalid):
        verify_part(replace(grant, expires=1), sign_part(grant, secret=SECRET), secret=SECRET, now=NOW)
    with pytest.raises(UrlInvalid):
        verify_part(grant, sign_part(grant, secret=b"another"), secret=SECRET, now=NOW)


@given(key=keys, filename=names, media_type=names)
def test_a_whole_key_is_readable_with_just_its_own_name_and_type(
    key: str, filename: str | None, media_type: str | None
) -> None:
    token = read_token(ReadGrant(scope=key, expires=LATER, filename=filename, media_type=media_type), secret=SECRET)
    grant = verify_read(token, key, filename=filename, media_type=media_type, secret=SECRET, now=NOW)
    assert grant.scope == key
    for other_name, other_type in ((f"{filename}x", media_type), (filename, f"{media_type}x")):
        with pytest.raises(UrlInvalid):
            verify_read(token, key, filename=other_name, media_type=other_type, secret=SECRET, now=NOW)
    for other in (f"{key}/x", f"{key}x", key.rpartition("/")[0], f"x/{key}"):
        with pytest.raises(UrlInvalid):
            verify_read(token, other, filename=filename, media_type=media_type, secret=SECRET, now=NOW)


@given(prefix=keys, rest=keys)
def test_a_prefix_opens_what_is_below_it_and_nothing_beside(prefix: str, rest: str) -> None:
    token = read_token(ReadGrant(scope=f"{prefix}/", expires=LATER), secret=SECRET)
    check = {"filename": None, "media_type": None, "secret": SECRET, "now": NOW}
    assert verify_read(token, f"{prefix}/{rest}", **check).scope == f"{prefix}/"
    for outside in (prefix, f"{prefix}x/{rest}", f"x{prefix}/{rest}", f"{prefix}/../{rest}", f"{prefix}//{rest}"):
        with pytest.raises(UrlInvalid):
            verify_read(token, outside, **check)
    with pytest.raises(UrlInvalid):
        verify_read(token, f"{prefix}/{rest}", **{**check, "filename": "a.jpg"})


@given(key=keys, expires=st.integers(LATER, LATER + 10**6), count=st.integers(1, 9))
def test_a_token_with_another_expiry_or_scope_is_refused(key: str, expires: int, count: int) -> None:
    token = read_token(ReadGrant(scope=key, expires=LATER), secret=SECRET)
    signature = token.split("-", 2)[2]
    changed = f"{expires}-{count}-{signature}"
    assume(changed != token)
    with pytest.raises(UrlInvalid):
        verify_read(changed, key, filename=None, media_type=None, secret=SECRET, now=NOW)


def test_signatures_of_one_purpose_do_not_serve_another() -> None:
    """Each purpose has a key of its own, so equal messages would still differ."""
    part = PartGrant(key="a/b", upload_id="u", number=1, size=1, sha256=None, expires=LATER)
    token = read_token(ReadGrant(scope="a/b", expires=LATER), secret=SECRET)
    with pytest.raises(UrlInvalid):
        verify_part(part, token.split("-", 2)[2], secret=SECRET, now=NOW)


@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "1.0", "1e9", " 1", "١", "9" * 13])
def test_an_expiry_has_one_spelling(text: str) -> None:
    with pytest.raises(UrlInvalid):
        parse_expires(text)
