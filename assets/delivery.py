"""Where the bytes of an asset are fetched: stable public URLs, or signed ones that expire.

The caller has asked the policy already; these functions only build URLs.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Protocol
from uuid import UUID

from django.conf import settings

from assets.growing import MASTER as GROWING_MASTER
from assets.models import Asset, AssetVersion, Rendition
from assets.playlists import REWRITERS
from assets.storage import get_store
from assets.storage.signing import ReadGrant, expiry, read_token
from permissions.policy import SightFacts, in_window
from permissions.vocabulary import AssetState, Audience

MASTER_PLAYLIST = "hls/master.m3u8"
DASH_MANIFEST = "hls/manifest.mpd"
INSCRIBED = "inscribed/"
"""Begins the path of a copy with words in it (``AssetUrls.inscribed``)."""
SIZED = "sized/"
"""Begins the path of a picture in a size that was asked for (``AssetUrls.sized``)."""
MANIFESTS = (MASTER_PLAYLIST, DASH_MANIFEST)


@dataclass(frozen=True, kw_only=True)
class SignedUrl:
    """``expires_at`` None: a public URL that does not expire."""

    url: str
    expires_at: datetime | None


class DeliveredVersion(Protocol):
    """What the addresses of a version's renditions are made of."""

    @property
    def pk(self) -> UUID: ...
    @property
    def asset_id(self) -> UUID: ...
    @property
    def hidden(self) -> bool: ...


class DeliveredFile(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def media_type(self) -> str: ...


def is_public(asset: SightFacts, now: datetime) -> bool:
    """Whether everybody may fetch the asset's renditions at ``now``."""
    shown = asset.state == AssetState.PUBLISHED and not asset.in_trash
    return shown and asset.audience == Audience.PUBLIC and in_window(asset, now) is None


def was_public(asset: Asset, now: datetime) -> bool:
    """Whether a withdrawn asset had been there for everybody: who asks for it is told that it is gone, not that it
    never was."""
    withdrawn = asset.state == AssetState.WITHDRAWN and asset.audience == Audience.PUBLIC
    return withdrawn and was_open(asset, until=asset.withdrawn_at or now)


def was_open(asset: Asset, *, until: datetime) -> bool:
    """Whether embargo, rights and releases had admitted others than insiders between its publication and ``until``,
    when it was put away. What was put away under embargo never was there, and does not come to have been when the
    embargo would have ended."""
    opened = max((moment for moment in (asset.published_at, asset.embargo_until) if moment), default=until)
    return opened <= until and in_window(asset, opened) is None


def cacheable_for(asset: Asset, now: datetime) -> timedelta:
    """How long a cache may answer for a public asset: never beyond the end of its rights or of a release."""
    ends = [moment - now for moment in (asset.rights_end, asset.consent_ends) if moment is not None]
    return max(min([settings.PUBLIC_MAX_AGE, *ends]), timedelta(0))


def public_cache_control(asset: Asset, now: datetime, *beside: Asset) -> str:
    """The header of what everybody may have, with what else is shown in it or ``beside`` it. Where the answer depends
    on the asker's country, no cache shares it."""
    shown = (asset, *beside)
    if settings.TERRITORY_HEADER and any(each.territories for each in shown):
        return "private, no-store"
    age = min(cacheable_for(each, now) for each in shown)
    return f"public, max-age={int(age.total_seconds())}"


def limits_of(asset: Asset, now: datetime) -> str:
    """A name for all that limits who may have the work, and of which version: state, audience, embargo, ends of rights,
    countries, licence. Another one than before: whoever was let in then has to ask again."""
    facts = (
        asset.state,
        asset.audience,
        sorted(str(share.agency_id) for share in asset.shares.all()) if asset.audience == Audience.SHARED else (),
        asset.agency_id,
        asset.embargo_until,
        asset.rights_end,
        asset.consent_ends,
        in_window(asset, now),
        sorted(asset.territories),
        asset.licence_terms_id,
        asset.current_version_id,
    )
    return hashlib.sha256(repr([str(each) for each in facts]).encode()).hexdigest()[:32]


def renditions_prefix(version: DeliveredVersion) -> str:
    """Where the renditions of a version live in the store: each below the attempt that made it."""
    return f"renditions/{version.asset_id}/{version.pk}/"


class RenditionUrls:
    """The URLs of one version's renditions for somebody who may see them at ``now``. Signs as little as it can."""

    def __init__(self, asset: SightFacts, version: DeliveredVersion, *, now: datetime) -> None:
        self.public = is_public(asset, now) and not version.hidden
        self._prefix = renditions_prefix(version)
        self._base: str | None = None

    def rendition(self, rendition: DeliveredFile) -> str:
        """For ``img``, ``video`` and fetching. Manifests resolve their relative URLs against it."""
        path = rendition.key.removeprefix(self._prefix)
        if self.public or rendition.media_type in REWRITERS or self._signs_prefixes:
            return self.base + path
        return get_store().sign_get(
            rendition.key, expires_in=settings.MEDIA_URL_LIFETIME, media_type=rendition.media_type
        )

    @property
    def base(self) -> str:
        """The URL, ending in ``/``, below which all renditions of the version are fetched."""
        if self._base is None:
            self._base = self._public_base() if self.public else self._signed_base()
        return self._base

    @property
    def _signs_prefixes(self) -> bool:
        from assets.storage.folder import FolderStore

        return isinstance(get_store(), FolderStore)

    def _public_base(self) -> str:
        return f"{settings.MEDIA_ORIGIN}/media/public/{self._prefix.removeprefix('renditions/')}"

    def _signed_base(self) -> str:
        signed = get_store().sign_prefix(self._prefix, expires_in=settings.MEDIA_URL_LIFETIME)
        if signed is not None:
            return signed
        # S3 signs single objects: the app serves the manifests under a signature of its own
        grant = ReadGrant(scope=self._prefix, expires=expiry(datetime.now(UTC) + settings.MEDIA_URL_LIFETIME))
        return f"{settings.MEDIA_ORIGIN}/media/s/{read_token(grant, secret=media_secret())}/{self._prefix}"


class AssetUrls(RenditionUrls):
    """The same with all else that there is of a version: its original, its downloads, what is made of it."""

    def __init__(self, asset: Asset, version: AssetVersion, *, now: datetime) -> None:
        super().__init__(asset, version, now=now)
        self._version = version
        self._now = now

    def growing(self) -> str:
        """The master playlist of what can be watched while the version is processed. Always signed."""
        return f"{self._signed_base()}{self._version.attempt}/{GROWING_MASTER}"

    def download(self, rendition: Rendition, *, name: str) -> SignedUrl:
        """As an attachment with a readable name."""
        suffix = PurePosixPath(rendition.key).suffix
        return self._attachment(rendition.key, f"{name}{suffix}", rendition.media_type)

    def inscribed(self, key: str) -> SignedUrl:
        """A copy of the original or a rendition, by its ``key``, with the work's words in it. The signature holds the
        state that the work is in: a link from before a withdrawal dies with it."""
        return self._by_app(f"{INSCRIBED}{self._version.asset.state}/{key}")

    def sized(self, name: str) -> SignedUrl:
        """A picture in a size that was asked for, by the ``name`` of ``assets.on_demand.wishes.Wanted``. All that it is
        made by is signed, and what limited the work when it was asked for: a change of that ends the link."""
        asset = self._version.asset
        return self._by_app(f"{SIZED}{asset.pk}/{limits_of(asset, self._now)}/{name}")

    def _by_app(self, scope: str) -> SignedUrl:
        """An address that the application answers itself, judging the work each time."""
        lifetime = settings.MEDIA_URL_LIFETIME
        expires_at = datetime.now(UTC) + lifetime
        token = read_token(ReadGrant(scope=scope, expires=expiry(expires_at)), secret=media_secret())
        return SignedUrl(url=f"{settings.MEDIA_ORIGIN}/media/s/{token}/{scope}", expires_at=expires_at)

    def original(self) -> SignedUrl:
        """The original, byte for byte, under the name it came with. Always signed, always an attachment."""
        return self._attachment(self._version.original_key, self._version.filename, None)

    def _attachment(self, key: str, filename: str, media_type: str | None) -> SignedUrl:
        lifetime = settings.MEDIA_URL_LIFETIME
        url = get_store().sign_get(key, expires_in=lifetime, filename=filename, media_type=media_type)
        return SignedUrl(url=url, expires_at=datetime.now(UTC) + lifetime)


def media_secret() -> bytes:
    """Signs URLs of the media origin."""
    return settings.SECRET_KEY.encode()
