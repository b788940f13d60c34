"""An agency whose every text is hostile, and which pages show it."""

from collections.abc import Callable, Iterator
from itertools import count

from django.db.models import Model

from assets.captions.markup import literal, tidy
from assets.models import (
    ArticleReference,
    Asset,
    AssetComment,
    Collection,
    DataTable,
    Licence,
    Nomination,
    Release,
    TextTrack,
    WorkflowEvent,
)
from assets.models.rights import LicenceKind, ReleaseKind
from assets.states import Kind, TrackKind, WorkflowAct
from permissions.models import Agency, Membership, User
from permissions.vocabulary import AssetState, Audience, Role
from tests.corpora import packed, storable
from tests.factories import (
    PASSWORD,
    make_agency,
    make_asset,
    make_collection,
    make_member,
    make_ready_asset,
    make_rendition,
    make_text,
    make_token,
    make_track,
    make_user,
)

Say = Callable[[int], str]
"""A text of at most so many characters, another one at each call."""
WORKS = 5


def corpus() -> Say:
    """The hostile texts, as many in each value as it has room for."""
    numbers: dict[int, Iterator[int]] = {}
    values: dict[int, list[str]] = {}

    def say(length: int) -> str:
        texts = values.setdefault(length, packed(storable(), length))
        # in steps of a prime, so that neighbouring fields are not alike
        return texts[next(numbers.setdefault(length, count())) * 37 % len(texts)]

    return say


def harmless() -> Say:
    return lambda length: "Một văn bản bình thường"[:length]


def make_site(say: Say, *, code: str) -> tuple[Agency, User, list[str]]:
    """The agency, somebody who administers it, and the addresses of pages that show its texts."""
    agency = make_agency(
        code=code, name_vi=say(200), name_en=say(200), name_zh=say(200), default_credit_line=say(250), review_steps=1
    )
    user = make_user(email=f"{code.lower()}@example.vn", password=PASSWORD, full_name=say(150))
    Membership.objects.create(user=user, agency=agency, role=Role.AGENCY_ADMIN)
    colleague = make_member(agency, Role.EDITOR)
    User.objects.filter(pk=colleague.pk).update(full_name=say(150))
    licence = Licence.objects.create(
        agency=agency, code="own", kind=LicenceKind.OWN_TERMS, name_vi=say(120), name_en=say(120), name_zh=say(120)
    )
    works = [_work(agency, say, licence, colleague) for _ in range(WORKS)]
    article = _article(agency, say, works[0])
    graphic = _graphic(agency, say)
    film, captions = _film(agency, say)
    album = make_collection(*works, agency=agency)
    texts = {"title": say(200), "place": say(250)} | {f"description_{name}": say(5000) for name in ("vi", "en", "zh")}
    Collection.objects.filter(pk=album.pk).update(audience=Audience.PUBLIC, **texts)
    make_token(agency=agency, name=say(100))
    Nomination.objects.create(asset=works[0], agency=agency, note=say(2000), title=say(300), caption=say(5000))
    shown = [article, graphic, film, *works]
    return agency, user, [
        *("/", "/collections", "/reviews", "/nominations", "/agencies", "/tokens", "/audit", "/account", "/upload"),
        *("/translations?language=en", f"/agencies/{code}", f"/collections/{album.pk}", "/articles/new"),
        *(f"/agencies/{code}/parity", f"/agencies/{code}/licences", f"/agencies/{code}/terms"),
        *(f"/assets/{asset.pk}{page}" for asset in shown for page in ("", "/edit", "/translate/en")),
        *(f"/embed/{asset.pk}" for asset in shown),
        *(f"/assets/{graphic.pk}/table", f"/assets/{film.pk}/captions", f"/assets/{film.pk}/captions/{captions.pk}"),
    ]  # fmt: skip


def _fields(say: Say) -> dict[str, object]:
    lines = {name: say(250) for name in ("credit_line", "author", "source", "place")}
    return {**lines, "licence": say(120), "keywords": [say(100) for _ in range(20)], "audience": Audience.PUBLIC}


def _texts(asset: Asset, say: Say, *, body: bool = False) -> None:
    for language in ("vi", "en", "zh"):
        words = {"title": say(300), "caption": say(5000), "alt_text": say(2000)}
        make_text(asset, language=language, **words, **({"body": say(40_000)} if body else {}))


def _work(agency: Agency, say: Say, licence: Licence, colleague: User) -> Asset:
    work = make_ready_asset(agency=agency, state=AssetState.PUBLISHED, licence_terms=licence, **_fields(say))
    _texts(work, say)
    version = work.current_version
    assert version is not None
    _set(version, filename=say(240))
    Release.objects.create(asset=work, kind=ReleaseKind.MODEL, name=say(200), reference=say(200), scope=say(2000))
    for _ in range(3):
        AssetComment.objects.create(asset=work, user=colleague, text=say(4000))
    state = {"before": AssetState.DRAFT, "after": AssetState.IN_REVIEW, "revision": 1}
    WorkflowEvent.objects.create(asset=work, act=WorkflowAct.SUBMITTED, user=colleague, comment=say(2000), **state)
    return work


def _article(agency: Agency, say: Say, work: Asset) -> Asset:
    article = make_asset(agency=agency, kind=Kind.ARTICLE, state=AssetState.PUBLISHED, **_fields(say))
    _texts(article, say, body=True)
    text = article.texts.get(language="vi")
    _set(text, body=f'{text.body}<figure data-asset="{work.pk}"><figcaption>{say(300)}</figcaption></figure>')
    ArticleReference.objects.create(article=article, language="vi", asset=work, position=1)
    return article


def _graphic(agency: Agency, say: Say) -> Asset:
    graphic = make_ready_asset(agency=agency, kind=Kind.INFOGRAPHIC, state=AssetState.PUBLISHED, **_fields(say))
    _texts(graphic, say, body=True)
    rows = [[say(500), say(500)] for _ in range(20)]
    DataTable.objects.create(asset=graphic, caption=say(300), columns=[say(500), say(500)], rows=rows)
    return graphic


def _film(agency: Agency, say: Say) -> tuple[Asset, TextTrack]:
    film = make_ready_asset(agency=agency, kind=Kind.VIDEO, state=AssetState.PUBLISHED, **_fields(say))
    _texts(film, say)
    version = film.current_version
    assert version is not None
    make_rendition(version, profile="download.mp4", media_type="video/mp4")
    tracks = [make_track(film, kind=kind, words=tidy(literal(say(1000))), label=say(100)) for kind in TrackKind]
    return film, tracks[0]


def _set(row: Model, **values: str) -> None:
    """Past the use cases, as a row that is older than their rules."""
    type(row)._default_manager.filter(pk=row.pk).update(**values)
