"""Where an act comes from: our proxies are believed, nobody else."""

import pytest
from django.test import RequestFactory

from mediacenter.middleware import OriginMiddleware, client_address, origin_of
from permissions.origin import NOWHERE, current_origin


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "address"),
    [
        (0, "", "192.0.2.1", "192.0.2.1"),
        (0, "198.51.100.1", "192.0.2.1", "192.0.2.1"),
        (1, "198.51.100.1", "192.0.2.1", "198.51.100.1"),
        (1, "203.0.113.9, 198.51.100.1", "192.0.2.1", "198.51.100.1"),
        (2, "203.0.113.9, 198.51.100.1, 192.0.2.5", "192.0.2.1", "198.51.100.1"),
        (2, "198.51.100.1", "192.0.2.1", "198.51.100.1"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "'; DROP TABLE", "192.0.2.1", None),
        (0, "", "", None),
        (0, "", "::ffff:192.0.2.8", "192.0.2.8"),
        (0, "", "2001:DB8::7", "2001:db8::7"),
    ],
)
def test_the_client_is_who_spoke_to_our_outermost_proxy(
    settings, proxies: int, forwarded: str, remote: str, address: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)) == address


def test_what_a_request_says_of_itself_is_cut_and_cleaned(settings) -> None:
    settings.TRUSTED_PROXIES = 0
    said = {"User-Agent": "a\x00\x1b[31m\nb" + "c" * 500, "X-Request-ID": "mine"}
    origin = origin_of(RequestFactory().get("/", headers=said))
    assert origin.user_agent.startswith("a  [31m b")
    assert len(origin.user_agent) == 200
    assert origin.request_id != "mine"
    assert len(origin.request_id) == 32
    settings.TRUSTED_PROXIES = 1
    assert origin_of(RequestFactory().get("/", headers=said)).request_id == "mine"
    assert origin_of(RequestFactory().get("/", headers={"X-Request-ID": "a b"})).request_id != "a b"


def test_the_origin_holds_for_the_request_and_no_longer() -> None:
    seen = []

    def answer(request):
        seen.append(current_origin())
        raise LookupError

    with pytest.raises(LookupError):
        OriginMiddleware(answer)(RequestFactory().get("/", REMOTE_ADDR="192.0.2.3"))
    assert seen[0].address == "192.0.2.3"
    assert current_origin() == NOWHERE
