"""The oEmbed provider. It answers everybody alike: no cookie and no token opens anything here."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from api.errors import plain_problem
from api.territory import territory_of
from assets.access import judge
from assets.delivery import public_cache_control
from mediacenter.web.oembed import Room, Wanted, as_xml, oembed, wanted_page
from mediacenter.web.views.embed import PAGE_LANGUAGES, owner_of_gone, shown_to_everybody
from permissions.actor import ANONYMOUS
from permissions.vocabulary import Use

MOST_PIXELS = 10_000
PIXELS = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
FORMATS = ("json", "xml")


@require_safe
def provide(request: HttpRequest) -> HttpResponse:
    """200 for what everybody may put into their pages; 404 for what is not public, 410 once it is withdrawn, 403 where
    licence or territory forbid it, 400 for a request that cannot be used, 501 for another format (oEmbed, 2.3.4).

    Parameters that the standard does not know are passed over, against the rule of the API: consumers add their own.
    """
    answer = _answer(request)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _answer(request: HttpRequest) -> HttpResponse:
    form = request.GET.get("format", "json")
    if form not in FORMATS:
        return plain_problem(501, "format_not_supported", "There is json and xml.")
    room = _room(request)
    url = request.GET.get("url", "")
    if room is None or not url:
        detail = f"Give url=, and maxwidth= and maxheight= as whole numbers from 1 to {MOST_PIXELS}."
        return plain_problem(400, "invalid", detail)
    wanted = wanted_page(url)
    if wanted is None:
        return plain_problem(404, "not_found", "This is no address of a work here.")
    with translation.override(PAGE_LANGUAGES.get(wanted.language) or settings.LANGUAGE_CODE):
        return _about(request, wanted, room, form)


def _about(request: HttpRequest, wanted: Wanted, room: Room, form: str) -> HttpResponse:
    asset = shown_to_everybody(wanted.asset_id)
    if asset is None:
        if owner_of_gone(wanted.asset_id) is not None:
            return plain_problem(410, "withdrawn", "The publisher has withdrawn this work.")
        return plain_problem(404, "not_found", "There is nothing here, or it is not public.")
    verdict = judge(ANONYMOUS, Use.EMBED, asset, territory=territory_of(request))
    if verdict.reason is not None:
        return plain_problem(403, str(verdict.reason), verdict.sentence)
    said = oembed(asset, language=wanted.language, room=room)
    answer: HttpResponse = (
        HttpResponse(as_xml(said), content_type="text/xml; charset=utf-8")
        if form == "xml"
        else JsonResponse(said, json_dumps_params={"ensure_ascii": False})
    )
    answer.headers["Cache-Control"] = public_cache_control(asset, asset.database_now)
    answer.headers["Content-Language"] = str(translation.get_language())
    return answer


def _room(request: HttpRequest) -> Room | None:
    """None for sizes that are no sizes."""
    sizes: dict[str, int | None] = {}
    for name in ("maxwidth", "maxheight"):
        said = request.GET.get(name, "")
        usable = (
            said.isascii() and said.isdigit() and len(said) <= len(str(MOST_PIXELS)) and 1 <= int(said) <= MOST_PIXELS
        )
        if said and not usable:
            return None
        sizes[name] = int(said) if said else None
    return Room(width=sizes["maxwidth"], height=sizes["maxheight"])
