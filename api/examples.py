"""The examples of the OpenAPI document: requests and answers that the product gave (``examples.json``).

``tests/examples`` asks every operation, writes the file and holds it against what is answered now.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "examples.json"
METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})


@cache
def recorded() -> dict[str, Any]:
    """By operation: ``path``, ``query``, ``body`` and its ``media_type`` as sent; ``status`` and ``answer``."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def add_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing hook of drf-spectacular."""
    for item in result.get("paths", {}).values():
        for method, operation in item.items():
            if method in METHODS:
                _illustrate(operation, recorded().get(operation["operationId"], {}))
    return result


def _illustrate(operation: dict[str, Any], example: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        said = example.get(parameter["in"], {})
        if parameter["name"] in said:
            value, kind = said[parameter["name"]], parameter["schema"].get("type")
            parameter["example"] = int(value) if kind == "integer" else value
    sent = operation.get("requestBody", {}).get("content", {}).get(example.get("media_type"))
    if sent is not None and "body" in example:
        sent["example"] = example["body"]
    answer = operation["responses"].get(str(example.get("status")), {})
    for media_type, told in example.get("answer", {}).items():
        if media_type in answer.get("content", {}):
            answer["content"][media_type]["example"] = told
