"""The examples of the API's document are what the product answers.

To write them anew: ``UPDATE_OPENAPI=1 python -m pytest tests/examples tests/api/test_openapi.py``.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from api.examples import FILE, METHODS, recorded
from tests.examples.recording import BINARY, normal, said
from tests.examples.requests import EXAMPLES
from tests.examples.world import build

pytestmark = pytest.mark.django_db


def document() -> dict[str, Any]:
    answer = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi"})
    served: dict[str, Any] = yaml.safe_load(answer.content)
    return served


def operations(served: Mapping[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for path, item in served["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield operation["operationId"], method.upper(), path, operation


def wrong(served: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> list[str]:
    """What a schema of the document says against a value."""
    whole = {**schema, "components": served["components"]}
    checker = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}"[:300] for error in checker.iter_errors(value)]


def shape(value: Any) -> Any:
    """Its keys and kinds, all the way down; of a list the first entry. Null goes with everything."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return "number" if isinstance(value, float) else type(value).__name__


def test_every_operation_has_an_example_and_every_example_an_operation() -> None:
    names = {name for name, *_ in operations(document())}
    assert set(EXAMPLES) == names, "say in tests/examples/requests.py what is asked of it"


@pytest.mark.timeout(180)
def test_every_example_is_what_the_product_answers_now() -> None:
    served, world, found, faults = document(), build(), {}, []
    for name, method, path, operation in operations(served):
        example = said(world, EXAMPLES[name], method, path)
        if not 200 <= example["status"] < 300 and example["status"] != 303:
            faults.append(f"{name}: {example['status']} {example.get('answer')}")
            continue
        found[name] = normal(example)
        content = operation["responses"].get(str(example["status"]), {}).get("content", {})
        for media_type, told in example.get("answer", {}).items():
            if media_type not in content:
                faults.append(f"{name}: {media_type} is not in the document")
            elif media_type.endswith("json") and media_type != "application/x-ndjson":
                faults += [f"{name}: answer {each}" for each in wrong(served, content[media_type]["schema"], told)]
    assert faults == [], "\n".join(faults)
    if os.environ.get("UPDATE_OPENAPI"):
        FILE.write_text(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        recorded.cache_clear()
    kept = recorded()
    changed = [name for name in found if shape(found[name]) != shape(kept.get(name))]
    assert changed == [], "UPDATE_OPENAPI=1 writes them anew"


def test_every_example_of_the_document_fits_its_own_schema() -> None:
    served, faults, bare = document(), [], []
    for name, _, _, operation in operations(served):
        shown = list(shown_in(operation))
        for where, schema, value in shown:
            faults += [f"{name} {where}: {each}" for each in wrong(served, schema, value)]
        if not any(where.startswith(("body", "answer")) for where, *_ in shown) and has_content(operation):
            bare.append(name)
    assert faults == [], "\n".join(faults)
    assert bare == []


def shown_in(operation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """Where, by what schema, what is shown."""
    for parameter in operation.get("parameters", ()):
        if "example" in parameter:
            yield parameter["name"], parameter["schema"], parameter["example"]
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in content:
            yield f"body {media_type}", content["schema"], content["example"]
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            if "example" in content:
                yield f"answer {status} {media_type}", content["schema"], content["example"]


def has_content(operation: Mapping[str, Any]) -> bool:
    """Whether there is anything to show: a success with a body that is text."""
    bodies = [set(each.get("content", {})) for status, each in operation["responses"].items() if int(status) < 300]
    return any(body - BINARY for body in bodies)
