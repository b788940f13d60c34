"""What doctor says of the settings of signing in."""

import pytest
from django.core.checks import CheckMessage

from mediacenter.checks import identity_provider, second_factors
from permissions.usecases.identities import GroupRole, parse_group_roles
from permissions.vocabulary import Role

OIDC = {"OIDC_ISSUER": "https://id.example.vn", "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "y"}


def ids(messages: "list[CheckMessage] | object") -> list[str]:
    return [message.id.partition(".")[2] for message in messages]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"HTTPS": True}, ["W005"]),
        ({"HTTPS": True, "MFA_REQUIRED_FOR": ("operator",)}, ["W005"]),
        ({"HTTPS": True, "MFA_REQUIRED_FOR": ("operator", "central_editor", "auditor", "editor")}, []),
        ({"MFA_REQUIRED_FOR": ("operater",)}, ["E004"]),
    ],
)
def test_second_factors(settings, changes: dict[str, object], found: list[str]) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert ids(second_factors(None)) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        (OIDC, []),
        ({**OIDC, "OIDC_CLIENT_SECRET": ""}, ["E006"]),
        ({**OIDC, "OIDC_ISSUER": "http://id.example.vn"}, ["E007"]),
        ({**OIDC, "OIDC_ISSUER": "http://127.0.0.1:3000"}, []),
        ({"OIDC_GROUP_ROLES": "a=MIC:boss"}, ["E005"]),
    ],
)
def test_the_identity_provider(settings, changes: dict[str, object], found: list[str]) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert ids(identity_provider(None)) == found


def test_groups_are_read_with_any_name_they_may_have() -> None:
    assert parse_group_roles(" /vn/mic=editors=MIC:editor ; b=DNG:viewer;") == (
        GroupRole(group="/vn/mic=editors", agency_code="MIC", role=Role.EDITOR),
        GroupRole(group="b", agency_code="DNG", role=Role.VIEWER),
    )


@pytest.mark.parametrize("text", ["a", "a=", "a=MIC", "=MIC:editor", "a=:editor", "a=MIC:", "a=MIC:boss"])
def test_a_part_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse_group_roles(f"b=DNG:viewer;{text}")
