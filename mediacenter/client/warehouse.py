"""``MediaCenter``: the API for programs that find, take, describe and publish. Uploading is :mod:`.uploader`'s.

>>> with MediaCenter("https://media.example.vn", token) as center:
...     for asset in center.assets(search="cầu Long Biên", kind="photo"):
...         center.download(asset.id, "w1920.webp", Path("photos"))
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from mediacenter.client.answers import ClientError
from mediacenter.client.api import ApiClient
from mediacenter.client.fetching import OnProgress, fetch
from mediacenter.client.resources import (
    AssetAnswer,
    AssetDetailAnswer,
    CollectionAnswer,
    DownloadAnswer,
    RenditionAnswer,
    TermsAnswer,
)
from mediacenter.client.transport import Answer

PAGE_SIZE = 100
Read = TypeVar("Read")
Texts = Mapping[str, Mapping[str, str]]


class MediaCenter(ApiClient):
    """One server, one token (empty: what the public sees) or OAuth client (``client.credentials.ClientCredentials``).

    Assets are named by id. Every method raises :class:`~mediacenter.client.answers.ApiError` with the server's stable
    ``code`` for a refusal (404 ``not_found`` also for what one may not see, 403 with the policy's reason, 412
    ``precondition_failed`` where somebody else was faster) and ``ServerUnreachable`` when patience is at its end.
    """

    def assets(self, **filters: object) -> Iterator[AssetAnswer]:
        """All that fit, newest first, fetched page by page as they are asked for. ``filters`` are the parameters of
        ``GET assets`` (``search``, ``kind``, ``agency``, ``state``, …); an unknown one is 400 ``unknown_field``."""
        return self._pages("assets", AssetAnswer.read, filters)

    def asset_id(self, named: str) -> str:
        """The id of an asset that is named by id or by reference (``VGP-20261121-P0042``)."""
        try:
            return str(UUID(named))
        except ValueError:
            wanted = named.strip().upper()
        rows = self.call("GET", "assets", params={"search": wanted, "page_size": PAGE_SIZE}).body["results"]
        for row in rows:
            if row["reference"].upper() == wanted:
                return str(row["id"])
        raise ClientError(f"There is no asset {wanted} that you may see.")

    def asset(self, asset_id: str, *, unless: str = "") -> AssetDetailAnswer | None:
        """One asset; None when it is still as it was at the ETag ``unless``."""
        answer = self.call("GET", f"assets/{asset_id}", headers={"If-None-Match": unless} if unless else None)
        return None if answer.body is None else _detail(answer)

    def edit(
        self, asset_id: str, *, if_match: str, texts: Texts | None = None, reason: str = "", **fields: object
    ) -> AssetDetailAnswer:
        """Change what is given and nothing else; ``texts`` by language and field merge into what is there."""
        said: dict[str, Any] = {
            **fields,
            **({"texts": texts} if texts else {}),
            **({"reason": reason} if reason else {}),
        }
        return self._act("PATCH", f"assets/{asset_id}", said, if_match=if_match)

    def submit(self, asset_id: str) -> AssetDetailAnswer:
        return self._act("POST", f"assets/{asset_id}/submit", {})

    def approve(self, asset_id: str, *, if_match: str) -> AssetDetailAnswer:
        return self._act("POST", f"assets/{asset_id}/approve", {}, if_match=if_match)

    def request_changes(self, asset_id: str, *, comment: str) -> AssetDetailAnswer:
        return self._act("POST", f"assets/{asset_id}/request-changes", {"comment": comment})

    def publish(self, asset_id: str, *, if_match: str = "") -> AssetDetailAnswer:
        return self._act("POST", f"assets/{asset_id}/publish", {}, if_match=if_match)

    def withdraw(self, asset_id: str, *, reason: str, if_match: str = "") -> AssetDetailAnswer:
        """Pull it: from now on delivery answers 410."""
        return self._act("POST", f"assets/{asset_id}/withdraw", {"reason": reason}, if_match=if_match)

    def renditions(self, asset_id: str) -> list[RenditionAnswer]:
        return [RenditionAnswer.read(row) for row in self.call("GET", f"assets/{asset_id}/renditions").body["results"]]

    def terms(self, agency: str, *, language: str = "en") -> TermsAnswer:
        """What is to be accepted before downloads of works of the agency with this code; 404 where there are none."""
        return TermsAnswer.read(self.call("GET", _terms(agency), headers={"Accept-Language": language}).body)

    def accept_terms(self, agency: str, *, version: int) -> None:
        """Accept the version that was read, for oneself, or with a token of an agency for that agency: on record. 409
        ``terms_changed`` when another is in force."""
        self.call("POST", f"{_terms(agency)}/acceptance", json={"version": version})

    def download_link(self, asset_id: str, profile: str, *, statement: str = "") -> DownloadAnswer:
        """``profile`` is a rendition's, or ``original``, which takes the right to it and is put on record.

        403 ``terms_not_accepted`` (``data["terms"]``: agencies and versions for :meth:`accept_terms`) and
        ``usage_statement_required`` where the work's agency asks; ``statement`` says what it is for."""
        headers = {"Usage-Statement": quote(statement)} if statement else None
        path, params = f"assets/{asset_id}/download", {"profile": profile}
        return DownloadAnswer.read(self.call("GET", path, params=params, headers=headers).body)

    def download(
        self,
        asset_id: str,
        profile: str,
        folder: Path,
        *,
        statement: str = "",
        on_progress: OnProgress = lambda _done, _total: None,
    ) -> Path:
        """Fetch a file into ``folder`` under the server's name for it, whole or not at all; the path. What broke off
        is gone on with, size and (where the server says it) SHA-256 are compared. An equal file that is there stays."""
        return fetch(
            lambda: self.download_link(asset_id, profile, statement=statement),
            folder,
            patience=self.patience,
            stop=self.stop,
            on_progress=on_progress,
        )

    def collections(self, **filters: object) -> Iterator[CollectionAnswer]:
        return self._pages("collections", CollectionAnswer.read, filters)

    def collection_assets(self, collection_id: str) -> Iterator[AssetAnswer]:
        """The assets of a collection that one may see, in its order."""
        return self._pages(f"collections/{collection_id}/items", AssetAnswer.read, {})

    def create_collection(self, *, agency: str, title: str, **fields: object) -> CollectionAnswer:
        said = {"agency": agency, "title": title, **fields}
        return CollectionAnswer.read(self.create("collections", json=said).body)

    def add_to_collection(self, collection_id: str, asset_id: str) -> None:
        """At its end; what is in it already stays where it is."""
        self.call("POST", f"collections/{collection_id}/items", json={"asset": asset_id})

    def _act(self, method: str, path: str, said: Mapping[str, Any], *, if_match: str = "") -> AssetDetailAnswer:
        headers = {"If-Match": if_match} if if_match else None
        return _detail(self.call(method, path, json=dict(said), headers=headers, repeatable=False))

    def _pages(self, path: str, read: Callable[[Any], Read], filters: Mapping[str, object]) -> Iterator[Read]:
        params: Mapping[str, Any] | None = {"page_size": PAGE_SIZE, **filters}
        following: str | None = path
        while following:
            page = self.call("GET", following, params=params).body
            yield from map(read, page["results"])
            following, params = page["next"], None  # the next page's URL has everything in it


def _terms(agency: str) -> str:
    return f"agencies/{quote(agency, safe='')}/terms"


def _detail(answer: Answer) -> AssetDetailAnswer:
    return AssetDetailAnswer.read_with(answer.body, etag=answer.etag)
