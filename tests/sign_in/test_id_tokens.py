"""Which ID tokens are believed (threats, item 20): each claim and the signature are changed one at a time."""

import time
from typing import Any

import jwt
import pytest
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mediacenter.sign_in.oidc import identity_of, is_secure, verify

ISSUER = "https://id.example.vn"
NONCE = "the nonce of this sign-in"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
JWK = {**jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "1", "use": "sig"}
KEYS = {"keys": [JWK]}


@pytest.fixture(autouse=True)
def provider(settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = ISSUER, "mediacenter"


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": "mediacenter", "sub": "1", "iat": now, "exp": now + 300, "nonce": NONCE, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def signed(content: dict[str, Any], key: Any = KEY, algorithm: str = "RS256", kid: str | None = "1") -> str:
    return jwt.encode(content, key, algorithm=algorithm, headers={"kid": kid} if kid else {})


LONG_AGO, FAR_AHEAD = 1_000_000_000, 10_000_000_000
"""Seconds of 2001 and 2286: the same in every test process, which names its tests by them."""


def test_a_good_token_is_believed() -> None:
    assert verify(signed(claims()), KEYS, nonce=NONCE)["sub"] == "1"
    assert verify(signed(claims(), kid=None), KEYS, nonce=NONCE)["sub"] == "1"
    several = claims(aud=["mediacenter", "other"], azp="mediacenter")
    assert verify(signed(several), KEYS, nonce=NONCE)["sub"] == "1"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": None},
        {"aud": ["mediacenter", "other"]},
        {"azp": "another client"},
        {"exp": LONG_AGO},
        {"exp": None},
        {"iat": FAR_AHEAD},
        {"nbf": FAR_AHEAD},
        {"nonce": "the nonce of another sign-in"},
        {"nonce": None},
        {"sub": ""},
        {"sub": None},
        {"sub": "x" * 192},
    ],
    ids=str,
)
def test_a_token_with_one_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(OAuth2Error):
        verify(signed(claims(**changes)), KEYS, nonce=NONCE)


def hs256_with_the_public_key() -> str:
    """The classic confusion, built by hand: PyJWT refuses to sign with such a key."""
    import base64
    import hashlib
    import hmac
    import json

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "1"}).encode())
    text = f"{head}.{part(json.dumps(claims()).encode())}"
    return f"{text}.{part(hmac.new(PUBLIC_PEM, text.encode(), hashlib.sha256).digest())}"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(lambda: signed(claims(), None, "none"), id="alg none"),
        pytest.param(hs256_with_the_public_key, id="HS256 with the public key"),
        pytest.param(lambda: signed(claims(), "a shared secret of 32 characters!!", "HS256"), id="HS256"),
        pytest.param(lambda: signed(claims(), KEY, "RS384"), id="another algorithm of the same family"),
        pytest.param(lambda: signed(claims(), OTHER_KEY), id="another key"),
        pytest.param(lambda: signed(claims(), kid="2"), id="an unknown key id"),
        pytest.param(lambda: signed(claims())[:-4] + "AAAA", id="a changed signature"),
        pytest.param(lambda: "", id="nothing"),
        pytest.param(lambda: "a.b.c", id="no token"),
    ],
)
def test_a_token_with_another_signature_is_refused(token: Any) -> None:
    with pytest.raises(OAuth2Error):
        verify(token(), KEYS, nonce=NONCE)


@pytest.mark.parametrize("changes", [{"use": "enc"}, {"alg": "RS512"}])
def test_a_key_that_is_for_something_else_is_not_used(changes: dict[str, str]) -> None:
    with pytest.raises(OAuth2Error):
        verify(signed(claims()), {"keys": [{**JWK, **changes}]}, nonce=NONCE)


def test_without_a_nonce_of_ours_nothing_is_believed() -> None:
    with pytest.raises(OAuth2Error):
        verify(signed(claims(nonce="")), KEYS, nonce="")


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_counts_as_none(verified: object) -> None:
    assert identity_of({"sub": "1", "email": "lan@example.vn", "email_verified": verified}).email == ""


@pytest.mark.parametrize(
    ("groups", "found"),
    [(["a", "b"], {"a", "b"}), ("a", {"a"}), (None, set()), ({"a": 1}, set()), ([1, None, "b"], {"b"})],
)
def test_groups_come_in_several_shapes(groups: object, found: set[str]) -> None:
    assert identity_of({"sub": "1", "groups": groups}).groups == found


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://id.example.vn/x", True),
        ("http://127.0.0.1:3000/x", True),
        ("http://id.example.vn/x", False),
        ("http://127.0.0.1.example.vn/", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_without_tls_only_this_machine_is_asked(url: str, secure: bool) -> None:
    assert is_secure(url) is secure
