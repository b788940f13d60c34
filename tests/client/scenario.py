"""What a portal's programmer does with the Python client: the same steps as ``typescript/scenario.ts``."""

import hashlib
from pathlib import Path
from typing import Any

import httpx

from mediacenter.client.answers import ApiError
from mediacenter.client.warehouse import MediaCenter

NOWHERE = "01900000-0000-7000-8000-000000000000"


def refusal(work: Any, *arguments: Any, **more: Any) -> list[Any]:
    try:
        work(*arguments, **more)
    except ApiError as error:
        return [error.status, error.code]
    raise AssertionError("it was not refused")


def play(server: str, token: str, *, asset_id: str, agency: str, folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    with MediaCenter(server, token, patience=5, language="vi") as center:
        facts["agencies"] = [each.code for each in center.session().upload_agencies]
        facts["titles"] = [each.title for each in center.assets(page_size=2)]
        facts["found"] = [each.title for each in center.assets(search="cau long bien", kind="photo", page_size=2)]

        asset = center.asset(asset_id)
        assert asset is not None
        facts["asset"] = {
            "kind": asset.kind,
            "state": asset.state,
            "audience": asset.audience,
            "may_publish": asset.may["publish"].allowed,
            "texts": list(asset.texts),
        }
        facts["unchanged"] = center.asset(asset_id, unless=asset.etag) is None
        english = {"en": {"title": "Long Bien bridge"}}
        edited = center.edit(asset_id, if_match=asset.etag, texts=english, audience="public")
        facts["edited"] = edited.texts["en"].title
        facts["late"] = refusal(center.edit, asset_id, if_match=asset.etag, credit_line="Too late")

        collection = center.create_collection(agency=agency, title="Cầu và sông")
        center.add_to_collection(collection.id, asset_id)
        facts["items"] = [each.title for each in center.collection_assets(collection.id)]

        facts["published"] = center.publish(asset_id).state
        one = center.renditions(asset_id)[0]
        whole = len(httpx.get(one.url).content) == one.size
        facts["rendition"] = {"profile": one.profile, "media_type": one.media_type, "whole": whole}
        original = center.download(asset_id, "original", folder)
        digest = hashlib.sha256(original.read_bytes()).hexdigest()
        facts["original"] = digest == center.download_link(asset_id, "original").sha256

        facts["nowhere"] = refusal(center.asset, NOWHERE)
        facts["unknown"] = refusal(lambda: next(center.assets(colour_of_the_moon="red")))
        facts["withdrawn"] = center.withdraw(asset_id, reason="Nhầm ảnh").state
        facts["gone"] = httpx.get(one.url).status_code
    return facts
