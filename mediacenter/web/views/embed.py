"""The page that others frame: a player or a picture, its title and credit, without cookies."""

import re
from functools import partial
from uuid import UUID

from csp.decorators import csp_replace
from django.conf import settings
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from api.presenters import embed_token_holds, press_token_holds
from api.territory import territory_of
from assets import tombstones
from assets.access import judge
from assets.articles.delivering import Article, read_article
from assets.articles.resolving import judged
from assets.delivery import is_public, public_cache_control, was_public
from assets.models import Asset, AssetQuerySet, AssetVersion
from assets.states import Kind
from assets.tracks import tracks_shown
from assets.uses.counting import count_embed
from assets.versions import at_version
from assets.watching import count_view
from mediacenter.web.presentation.agencies import logo_shown
from mediacenter.web.presentation.assets import PLAYED, card, for_pages, renditions_of, urls_of, with_article
from mediacenter.web.presentation.discovery import discovery_of
from mediacenter.web.presentation.media import playback
from mediacenter.web.presentation.strings import player_strings
from mediacenter.web.presentation.texts import best_words
from mediacenter.web.presentation.tracks import spoken_of
from permissions.actor import ANONYMOUS
from permissions.models import Agency
from permissions.rights import Verdict, admits_territory
from permissions.rows import KEPT
from permissions.vocabulary import AssetState, Reason, Use

MAX_TOKEN = 500
NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
PAGE_LANGUAGES = {"vi": "vi", "en": "en", "zh": "zh-hans"}


@require_safe
@xframe_options_exempt
def embed(request: HttpRequest, asset_id: UUID) -> HttpResponseBase:
    """200 with the work, 410 once a public work is withdrawn, 403 where its licence or territory forbids it, 404 for
    everything else. ``lang=`` vi, en or zh; ``version=`` pins a version, under the same rights."""
    language = PAGE_LANGUAGES.get(request.GET.get("lang", "")[:2]) or settings.LANGUAGE_CODE
    with translation.override(language):
        asset = _found(request, asset_id)
        agency = asset.agency if asset else owner_of_gone(asset_id, granted=_is_granted(request, asset_id))
        frameable = csp_replace({"frame-ancestors": frame_ancestors(agency)})
        answer = partial(_answer, asset=asset) if asset else partial(_refuse, withdrawn=agency is not None)
        response = frameable(answer)(request)
    response.headers["Content-Language"] = language
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def frame_ancestors(agency: Agency | None) -> list[str]:
    """Who may frame it: the agency's origins and those of the installation; everybody only where neither says whom."""
    installation = list(settings.EMBED_ORIGINS)
    if agency is None or not agency.embed_origins:
        return installation
    return [*(origin for origin in installation if origin != "*"), *agency.embed_origins]


def _found(request: HttpRequest, asset_id: UUID) -> Asset | None:
    return _kept(asset_id, Asset.objects.all()) if _is_granted(request, asset_id) else shown_to_everybody(asset_id)


def shown_to_everybody(asset_id: UUID) -> Asset | None:
    """The work, if everybody may see it now."""
    return _kept(asset_id, Asset.objects.visible_to(ANONYMOUS))


def _kept(asset_id: UUID, rows: AssetQuerySet) -> Asset | None:
    shown = rows.filter(KEPT).exclude(state=AssetState.WITHDRAWN)
    return for_pages(shown).filter(pk=asset_id).first()


def _is_granted(request: HttpRequest, asset_id: UUID) -> bool:
    token = request.GET.get("t", "")[:MAX_TOKEN]
    return bool(token) and embed_token_holds(asset_id, token)


def owner_of_gone(asset_id: UUID, *, granted: bool = False) -> Agency | None:
    """Whose work it was, if it was there for everybody, or by a token that was ``granted``, and is no more: its notice
    is framed where the work was."""
    facts = {"database_now": Now()}  # the same questions, whether there is such an asset or not
    rows = Asset.objects.filter(pk=asset_id, state=AssetState.WITHDRAWN).select_related("agency").annotate(**facts)
    gone, purged = rows.first(), tombstones.public_owner(asset_id)
    if gone is not None and (granted or was_public(gone, gone.database_now)):
        return gone.agency
    return purged


def _refuse(request: HttpRequest, *, withdrawn: bool) -> HttpResponse:
    return _notice(request, withdrawn=withdrawn, status=410 if withdrawn else 404)


def _answer(request: HttpRequest, asset: Asset) -> HttpResponse:
    refused = _refused(request, asset)
    if refused is not None:
        return _notice(request, withdrawn=False, status=403, sentence=refused.sentence)
    number = request.GET.get("version", "")
    if not number:
        return _show(request, asset)
    pinned = _pinned(asset, number)
    if pinned is None:
        return _notice(request, withdrawn=False, status=404)
    newer = "" if pinned.pk == asset.current_version_id else _current_address(request)
    return _show(request, at_version(asset, pinned), newer=newer)


def _pinned(asset: Asset, number: str) -> AssetVersion | None:
    """The version of this number, if it was there for others than the owner's people; a page for readers shows no
    other, whoever asks."""
    if not NUMBER.fullmatch(number):
        return None
    return AssetVersion.objects.filter(asset=asset, number=int(number), hidden=False).first()


def _current_address(request: HttpRequest) -> str:
    """This page without the pin."""
    query = request.GET.copy()
    del query["version"]
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _refused(request: HttpRequest, asset: Asset) -> Verdict | None:
    """The verdict that forbids it; None when it may be shown. A token stands for the member who was given it."""
    token, granted = request.GET.get("t", "")[:MAX_TOKEN], _is_granted(request, asset.pk)
    territory = territory_of(request)
    verdict = judge(ANONYMOUS, Use.EMBED, asset, territory=territory)
    if not admits_territory(asset, territory):
        return Verdict(use=Use.EMBED, reason=Reason.TERRITORY_EXCLUDED, data={"territories": asset.territories})
    by_press = verdict.reason is Reason.PRESS_USE_ONLY and press_token_holds(asset.pk, token)
    return None if verdict or granted or by_press else verdict


def _show(request: HttpRequest, asset: Asset, *, newer: str = "") -> HttpResponse:
    """``newer``: the address of what takes the place of this version."""
    urls = urls_of(asset)
    count_view(asset)
    count_embed(request, asset)
    logo = logo_shown(asset.agency)
    article = _article(asset, territory_of(request)) if asset.kind == Kind.ARTICLE else None
    public = is_public(asset, asset.database_now)
    found = discovery_of(asset, article=article, territory=territory_of(request)) if public and not newer else None
    indexable = found is not None and not asset.territories and _has_its_own_address(request)
    context = {
        "logo": logo,
        "discovery": found,
        "indexable": indexable,
        "card": card(asset, urls),
        "asset": asset,
        "playback": playback(renditions_of(asset), urls, tracks=tracks_shown(asset, pinned=bool(newer)))
        if urls and asset.kind in PLAYED
        else None,
        "spoken": spoken_of(asset, pinned=bool(newer)),
        "strings": player_strings(),
        "newer": newer,
        "article": with_article(best_words(asset), article) if article else None,
    }
    response = render(request, "embed/asset.html", context)
    beside = [*([logo.asset] if logo else []), *(judged(article.works) if article else [])]
    cache = public_cache_control(asset, asset.database_now, *beside) if public else "private, no-store"
    response.headers["Cache-Control"] = cache
    if found is not None:
        response.headers["Link"] = found.header
    if indexable:
        response.headers["X-Robots-Tag"] = "all"  # where a page says nothing, the middleware forbids it
    return response


def _has_its_own_address(request: HttpRequest) -> bool:
    """Whether search engines may keep this address: it has no token, no pin, and nothing that others hung onto it."""
    said = list(request.GET.lists())
    return not said or (len(said) == 1 and said[0][0] == "lang" and said[0][1] in ([code] for code in PAGE_LANGUAGES))


def _article(asset: Asset, territory: str | None) -> Article | None:
    """The article in the reader's language, with the works that everybody in ``territory`` may see and, where they are
    of others, that may be embedded. None while it has no text."""
    language = best_words(asset).language
    text = next((text for text in asset.texts.all() if text.language == language), None)
    return read_article(asset, text, reader=ANONYMOUS, territory=territory, embedded=True) if text else None


def _notice(request: HttpRequest, *, withdrawn: bool, status: int, sentence: str = "") -> HttpResponse:
    context = {"withdrawn": withdrawn, "sentence": sentence}
    response = render(request, "embed/notice.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
