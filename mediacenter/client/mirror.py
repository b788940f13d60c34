"""``Mirror``: a folder that holds everything the token can see, and nothing else, whenever it has caught up.

``state.json`` is the cursor and is replaced in one step, after what it stands for is on disk; ``assets/{id}.json`` are
the assets as the API tells them, each replaced in one step; ``media/{id}/{version}/`` are renditions. Killed at any
moment, the next run goes on from the state that is there: what was done since is done again, to the same end.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx

from mediacenter.client.answers import ApiError, ClientError
from mediacenter.client.warehouse import MediaCenter

PAGE: Final = 100
"""Assets of one page."""
BULK: Final = 500
"""Entries, or assets by their ids, that one request asks for."""
ANEW: Final = frozenset({"cursor_expired", "cursor_invalid"})
GONE: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})


@dataclass(frozen=True, kw_only=True)
class Caught:
    """What a round did: assets written, forgotten, whether everything was taken anew, and of how many assets there are
    files that did not come; they are asked for again in the next round."""

    written: int = 0
    forgotten: int = 0
    anew: bool = False
    unfetched: int = 0


class Mirror:
    """One folder, one server, one token; one process at a time."""

    def __init__(self, api: MediaCenter, folder: Path, *, media: bool = False, statement: str = "") -> None:
        """``statement``: what the files are for, where an agency asks for that; else files of its works are not
        fetched. Nor are those of an agency whose terms are not accepted; each round asks for one work of each such
        agency whether they are by now, and then fetches all."""
        self._api, self._media, self._statement = api, media, statement
        self._state, self._assets, self._files = folder / "state.json", folder / "assets", folder / "media"
        self._assets.mkdir(parents=True, exist_ok=True)
        self._unfetched: set[str] = set()
        self._refused: dict[str, set[str]] = {}  # works whose files wait for terms, by the code of their agency

    def kept(self) -> set[str]:
        """The ids of the assets that it holds."""
        files = {path.name for path in self._files.iterdir()} if self._files.is_dir() else set()
        return {path.stem for path in self._assets.glob("*.json")} | files

    def catch_up(self) -> Caught:
        """Bring the folder to what the token sees now; raises ``ApiError`` and ``ServerUnreachable``."""
        cursor = self._cursor()
        if cursor is None:
            return self._take_all()
        try:
            return self._read_on(cursor)
        except ApiError as error:
            if error.code not in ANEW:
                raise
        return self._take_all()

    def _read_on(self, cursor: str) -> Caught:
        written = forgotten = 0
        again = [*sorted(self._unfetched)[:BULK], *self._accepted_since()]
        for begin in range(0, len(again), BULK):
            wrote, forgot = self._take(again[begin : begin + BULK])
            written, forgotten = written + wrote, forgotten + forgot
        more = True
        while more:
            body = self._api.call("GET", "changes", params={"since": cursor, "limit": BULK}).body
            wrote, forgot = self._take([row["asset"] for row in body["results"]])
            written, forgotten = written + wrote, forgotten + forgot
            if body["next"] != cursor:
                cursor = body["next"]
                self._keep_state(cursor)
            more = body["more"]
        self._keep_state(cursor)
        return Caught(written=written, forgotten=forgotten, unfetched=len(self._unfetched))

    def _accepted_since(self) -> list[str]:
        """The works whose files waited for terms that are accepted now, or asked for no longer."""
        found: list[str] = []
        for works in self._refused.values():
            try:
                detail = self._api.call("GET", f"assets/{min(works)}").body
            except ApiError as error:
                if error.status not in GONE:
                    raise
                found.append(min(works))  # to be forgotten: the next round asks for another one
                continue
            if not _waits_for_terms(detail):
                found += sorted(works)
        return found

    def _take_all(self) -> Caught:
        """The place comes first: what changes while everything is taken is told after it. Until all is taken there is
        no state, so that a run that was cut off begins anew."""
        self._state.unlink(missing_ok=True)
        cursor = self._api.call("GET", "changes", params={"since": "now"}).body["next"]
        met: set[str] = set()
        page: str | None = f"assets?page_size={PAGE}"
        while page:
            body = self._api.call("GET", page).body
            for row in body["results"]:
                self._write(row)
                met.add(row["id"])
            page = body["next"]
        lost = self.kept() - met
        for asset_id in lost:
            self._forget(asset_id)
        self._keep_state(cursor)
        return Caught(written=len(met), forgotten=len(lost), anew=True, unfetched=len(self._unfetched))

    def _take(self, named: Iterable[str]) -> tuple[int, int]:
        """Each as it is now; what is not to be seen is forgotten."""
        wanted = list(dict.fromkeys(_checked(each) for each in named))
        if not wanted:
            return 0, 0
        rows = self._api.call("POST", "assets/read", json={"ids": wanted}).body["results"]
        absent = set(wanted) - {row["id"] for row in rows}
        for asset_id in absent:  # first: files that do not come must not keep what is to go
            self._forget(asset_id)
        for row in rows:
            self._write(row)
        return len(rows), len(absent)

    def _write(self, row: dict[str, Any]) -> None:
        asset_id = _checked(row["id"])
        self._settle(asset_id)
        if self._media and not self._fetch_media(asset_id):
            self._forget(asset_id)
            return
        _replace(self._assets / f"{asset_id}.json", row)

    def _fetch_media(self, asset_id: str) -> bool:
        """The renditions of the present version; False when the asset is not to be seen any more."""
        try:
            detail = self._api.call("GET", f"assets/{asset_id}").body
        except ApiError as error:
            if error.status in GONE:
                return False
            raise
        if _waits_for_terms(detail):
            self._refused.setdefault(detail["agency"]["code"], set()).add(asset_id)
        there = self._files / asset_id
        present = there / _checked(detail["version"]["id"]) if detail["version"] else None
        if present is not None:
            wanted = {row["profile"]: row["size"] for row in detail["renditions"] if self._may_take(row, detail)}
            self._fetch(asset_id, wanted, present)
        for old in there.iterdir() if there.is_dir() else ():
            if old != present:
                shutil.rmtree(old, ignore_errors=True)
        return True

    def _fetch(self, asset_id: str, wanted: Mapping[str, int], folder: Path) -> None:
        """``files.json`` says which file is which rendition, once that is whole."""
        folder.mkdir(parents=True, exist_ok=True)
        index = folder / "files.json"
        have: dict[str, list[Any]] = json.loads(index.read_text()) if index.exists() else {}
        for profile, size in wanted.items():
            if profile in have and have[profile][1] == size and (folder / have[profile][0]).is_file():
                continue
            try:
                path = self._api.download(asset_id, profile, folder, statement=self._statement)
            except ApiError as error:
                if error.status not in {*GONE, httpx.codes.FORBIDDEN}:
                    raise
                continue
            except ClientError:
                self._unfetched.add(asset_id)  # again in the next round: other works are not to wait for this file
                continue
            have[profile] = [path.name, size]
            _replace(index, have)
        for profile in set(have) - set(wanted):
            (folder / have.pop(profile)[0]).unlink(missing_ok=True)
            _replace(index, have)

    def _may_take(self, rendition: Mapping[str, Any], detail: Mapping[str, Any]) -> bool:
        """With its link, or one that is had for saying what for. Parts of streams are of no use by themselves."""
        terms = detail["asks"]["terms"]
        stated = bool(self._statement) and detail["asks"]["statement"] and (terms is None or terms["accepted"])
        allowed = stated and detail["rights"]["uses"]["download"]["allowed"]
        return (bool(rendition["download_url"]) or allowed) and "/" not in rendition["profile"]

    def _forget(self, asset_id: str) -> None:
        """The files first: killed in between, it is still known to be there."""
        if (files := self._files / _checked(asset_id)).is_dir():
            shutil.rmtree(files)
        (self._assets / f"{asset_id}.json").unlink(missing_ok=True)
        self._settle(asset_id)

    def _settle(self, asset_id: str) -> None:
        """Nothing of it is to be asked for again."""
        self._unfetched.discard(asset_id)
        for works in self._refused.values():
            works.discard(asset_id)
        self._refused = {code: works for code, works in self._refused.items() if works}

    def _cursor(self) -> str | None:
        """None where there is no state, or none that can be read: then everything is taken anew."""
        try:
            state = json.loads(self._state.read_text())
        except (FileNotFoundError, ValueError):
            return None
        if state.get("server") != self._api.server:
            raise ClientError(f"{self._state.parent} is a mirror of {state.get('server')}: choose another folder.")
        self._unfetched = {_checked(each) for each in state.get("unfetched", ())}
        refused = state.get("refused", {})
        self._refused = {code: {_checked(each) for each in works} for code, works in refused.items() if works}
        return str(state["cursor"])

    def _keep_state(self, cursor: str) -> None:
        """On disk are first the assets, then the cursor that stands for them."""
        folder = os.open(self._assets, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        refused = {code: sorted(works) for code, works in self._refused.items()}
        state = {"server": self._api.server, "cursor": cursor, "unfetched": sorted(self._unfetched), "refused": refused}
        _replace(self._state, state)


def _waits_for_terms(detail: Mapping[str, Any]) -> bool:
    terms = detail["asks"]["terms"]
    return terms is not None and not terms["accepted"]


def _checked(text: str) -> str:
    """An id as it may be part of a path, whatever the server says."""
    return str(UUID(text))


def _replace(path: Path, value: Any) -> None:
    """Write it whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("w") as file:
        json.dump(value, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
