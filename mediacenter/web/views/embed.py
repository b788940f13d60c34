"""The page that others frame: a player or a picture, its title and credit, without cookies."""

from uuid import UUID

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from api.presenters import embed_token_holds
from assets.delivery import is_public, was_public
from assets.models import Asset
from assets.states import Kind
from mediacenter.web.presentation.assets import PLAYED, article_words, card, for_pages, renditions_of, urls_of
from mediacenter.web.presentation.media import playback
from mediacenter.web.presentation.strings import player_strings
from mediacenter.web.presentation.texts import Words, best_words
from permissions.actor import ANONYMOUS
from permissions.vocabulary import AssetState

MAX_TOKEN = 500
PAGE_LANGUAGES = {"vi": "vi", "en": "en", "zh": "zh-hans"}


@require_safe
@xframe_options_exempt
def embed(request: HttpRequest, asset_id: UUID) -> HttpResponseBase:
    """200 with the work, 410 once a public work is withdrawn, 404 for everything else. ``lang=`` vi, en or zh."""
    language = PAGE_LANGUAGES.get(request.GET.get("lang", "")[:2]) or settings.LANGUAGE_CODE
    with translation.override(language):
        frameable = csp_replace({"frame-ancestors": list(settings.EMBED_ORIGINS)})
        response = frameable(lambda request: _answer(request, asset_id))(request)
    response.headers["Content-Language"] = language
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _answer(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    token = request.GET.get("t", "")[:MAX_TOKEN]
    granted = bool(token) and embed_token_holds(asset_id, token)
    found = Asset.objects.all() if granted else Asset.objects.visible_to(ANONYMOUS)
    asset = for_pages(found.exclude(state=AssetState.WITHDRAWN)).filter(pk=asset_id).first()
    if asset is not None:
        return _show(request, asset)
    gone = Asset.objects.with_policy_facts().filter(pk=asset_id, state=AssetState.WITHDRAWN).first()
    withdrawn = gone is not None and (granted or was_public(gone, gone.database_now))
    return _notice(request, withdrawn=withdrawn, status=410 if withdrawn else 404)


def _show(request: HttpRequest, asset: Asset) -> HttpResponse:
    urls = urls_of(asset)
    context = {
        "card": card(asset, urls),
        "asset": asset,
        "playback": playback(renditions_of(asset), urls) if urls and asset.kind in PLAYED else None,
        "strings": player_strings(),
        "article": _article(asset) if asset.kind == Kind.ARTICLE else None,
    }
    response = render(request, "embed/asset.html", context)
    seconds = int(settings.PUBLIC_MAX_AGE.total_seconds())
    public = is_public(asset, asset.database_now)
    response.headers["Cache-Control"] = f"public, max-age={seconds}" if public else "private, no-store"
    return response


def _article(asset: Asset) -> Words:
    """The article in the reader's language; its works are those that everybody may see."""
    return next((words for words in article_words(asset, ANONYMOUS) if words.title), best_words(asset))


def _notice(request: HttpRequest, *, withdrawn: bool, status: int) -> HttpResponse:
    response = render(request, "embed/notice.html", {"withdrawn": withdrawn}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
