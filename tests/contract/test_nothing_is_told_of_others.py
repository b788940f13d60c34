"""Every read of the document, asked plainly: schemathesis fills in what narrows lists, so that few of them answer."""

import re

import pytest
import yaml
from rest_framework.test import APIClient

from tests.api.conftest import bearer
from tests.contract.world import SECRET_WORD, build

pytestmark = pytest.mark.django_db
PARAMETER = re.compile(r"\{\w+\}")


def reads(client: APIClient) -> list[str]:
    answer = client.get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi"})
    return [path for path, item in yaml.load(answer.content, yaml.CSafeLoader)["paths"].items() if "get" in item]


def told(client: APIClient, url: str, secrets: tuple[str, ...]) -> list[str]:
    """Which secrets the answer contains beyond those that the question contains."""
    answer = client.get(url)
    assert answer.status_code < 500, url
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    said = (content.decode(errors="replace") + str(answer.headers)).lower()
    return [secret for secret in secrets if secret.lower() in said and secret not in url]


def test_no_read_tells_of_another_agency_and_the_lists_do_answer() -> None:
    world = build()
    client = bearer(world.token)
    ids = [secret for secret in world.secrets if secret != SECRET_WORD]
    urls = [PARAMETER.sub(key, path) for path in reads(client) for key in (str(world.asset.pk), *ids)]
    urls += [f"/api/v1/assets?{name}={SECRET_WORD}" for name in ("search", "q")]
    leaks = {
        url: found
        for url in dict.fromkeys(urls)
        for who in (client, APIClient())
        if (found := told(who, url, world.secrets))
    }
    assert leaks == {}
    answering = [url for url in urls if told(client, url, (str(world.asset.pk),))]
    assert "/api/v1/assets" in answering, "the same question finds what the caller may see"
