"""Files to take away: a rendition or the original, captions, an album; and what is asked before.

A plain form asks, where the agency of the work does: the terms with a box to tick, and what the download is for.
Sending it downloads. Who is asked for nothing never sees it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from api.presenters import display_title, download_name
from api.territory import territory_of
from api.views.archives import send_archive
from api.views.tracks import WRITERS, send_track
from assets.access import get_visible, judge
from assets.archives import plan_collection
from assets.models import Asset, UsageStatement
from assets.models.statement import LONGEST_STATEMENT
from assets.tracks import track_of
from assets.usecases.collections_edit import find_collection
from assets.usecases.downloads_admit import ACCEPT_FIRST, StatementRequired, Taking, admit_downloads
from assets.usecases.originals_open import open_original
from assets.uses.counting import count_download
from assets.versions import at_version, version_of
from mediacenter.web.presentation.agencies import TermsShown, terms_shown
from mediacenter.web.presentation.assets import urls_of
from mediacenter.web.presentation.texts import HTML_LANGUAGE
from mediacenter.web.views.assets import ORIGINAL, wanted_number
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.conditions import Conditions, conditions_for
from permissions.errors import Conflict, Invalid, NotFound
from permissions.rights import require_use
from permissions.usecases.terms_accept import accept_terms
from permissions.vocabulary import Use
from transcoding.inscribing.stored import can_carry_words

READ = ("GET", "HEAD", "POST")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be downloaded: the name and page of the work or album, and whose works are in it, by path."""

    title: str
    page: str
    paths: tuple[str, ...]
    asset: Asset | None = None


Deliver = Callable[[str], HttpResponseBase | str]
"""Given the statement, the file itself or the address where it is. It asks ``admit_downloads``."""


@require_http_methods(READ)
@page
def download(request: HttpRequest, actor: Actor, asset_id: UUID, profile: str) -> HttpResponseBase:
    """To a fresh signed URL of a rendition, or of the original for those with the right; ``version=`` pins,
    ``metadata=1`` is a copy with the work's words in it."""
    number, inscribed = wanted_number(request, "version"), wanted_number(request, "metadata") is not None
    territory, asset = territory_of(request), get_visible(actor, asset_id)
    if number is not None:
        asset = at_version(asset, version_of(asset, number, reader=actor))
    if profile == ORIGINAL:

        def original(statement: str) -> str:
            opened = open_original(
                asset_id=asset_id,
                by=actor,
                number=number,
                territory=territory,
                inscribed=inscribed,
                statement=statement,
            )
            count_download(asset_id, actor)
            return opened[1].url

        allowed = judge(actor, Use.DOWNLOAD_ORIGINAL, asset, territory=territory)
        if not allowed or asset.current_version is None:
            original("")  # which refuses, and puts that on record
        return asked_first(request, actor, wanted_of(asset), original)
    urls, version = urls_of(asset), asset.current_version
    if urls is None or version is None:
        raise NotFound("There is no file.")
    require_use(judge(actor, Use.DOWNLOAD, asset, territory=territory))
    rendition = version.renditions.filter(profile=profile).first()
    if rendition is None:
        raise NotFound("There is no such rendition.")

    def made(statement: str) -> str:
        taking = Taking(asset_id=asset_id, agency_path=asset.agency.path, file=profile)
        admit_downloads([taking], by=actor, statement=statement)
        count_download(asset_id, actor)
        if inscribed and can_carry_words(rendition.media_type):
            return urls.inscribed(rendition.key).url
        return urls.download(rendition, name=download_name(asset, rendition)).url

    return asked_first(request, actor, wanted_of(asset), made)


@require_http_methods(READ)
@page
def track_file(request: HttpRequest, actor: Actor, asset_id: UUID, track_id: UUID, suffix: str) -> HttpResponseBase:
    """Captions, subtitles or chapters as a file."""
    asset = get_visible(actor, asset_id)
    track = track_of(asset, track_id, reader=actor)
    if suffix not in WRITERS:
        raise NotFound("There is no such file.")
    require_use(judge(actor, Use.DOWNLOAD, asset, territory=territory_of(request)))

    def written(statement: str) -> HttpResponse:
        return send_track(asset, track, suffix, by=actor, statement=statement)

    return asked_first(request, actor, wanted_of(asset), written)


@require_http_methods(READ)
@page
def album(request: HttpRequest, actor: Actor, collection_id: UUID) -> HttpResponseBase:
    """The works of a collection that one may take away, as one ZIP."""
    collection, territory = find_collection(actor, collection_id), territory_of(request)
    plan = plan_collection(collection, by=actor, territory=territory)
    wanted = Wanted(
        title=collection.title,
        page=reverse("web:collection", args=[collection.pk]),
        paths=tuple({each.agency_path for each in plan.members}),
    )

    def zipped(statement: str) -> HttpResponseBase:
        looks = request.method == "HEAD"
        return send_archive(collection, by=actor, territory=territory, statement=statement, looks=looks)

    return asked_first(request, actor, wanted, zipped)


def wanted_of(asset: Asset) -> Wanted:
    address = reverse("web:asset", args=[asset.pk])
    return Wanted(title=display_title(asset), page=address, paths=(asset.agency.path,), asset=asset)


def asked_first(request: HttpRequest, actor: Actor, wanted: Wanted, deliver: Deliver) -> HttpResponseBase:
    """What ``deliver`` says, once everything that is asked for is given; till then the form.

    What a form is sent for does not come by a redirect: browsers follow none to another origin from a form
    (``form-action``), so a page begins the download.
    """
    posted = request.method == "POST"
    problem = _accept(request, actor, wanted.paths) if posted else ""
    asked = conditions_for(actor, wanted.paths).values()
    if any(each.owes_terms for each in asked) or (not posted and any(each.statement for each in asked)):
        if posted and not problem:
            problem = str(ACCEPT_FIRST)
        return _form(request, actor, wanted, asked, problem=problem)
    try:
        found = deliver(request.POST.get("statement", "") if posted else "")
    except (StatementRequired, Invalid) as refusal:
        return _form(request, actor, wanted, asked, problem=refusal.message)
    if not isinstance(found, str):
        return found
    if not posted:
        return redirect(found)
    return render(request, "web/download_begins.html", {"wanted": wanted, "address": found})


def _accept(request: HttpRequest, actor: Actor, paths: Iterable[str]) -> str:
    """Accept what was ticked; what there is to say where the terms changed since the form was made."""
    for each in conditions_for(actor, paths).values():
        ticked = request.POST.get(f"accept-{each.terms.pk}", "") if each.terms else ""
        if each.terms is None or not each.owes_terms or not ticked:
            continue
        try:
            version = int(ticked) if ticked.isascii() and ticked.isdigit() and len(ticked) < 10 else 0
            accept_terms(agency_id=each.terms.agency_id, version=version, by=actor)
        except Conflict as refusal:
            return refusal.message
    return ""


def _form(
    request: HttpRequest, actor: Actor, wanted: Wanted, asked: Iterable[Conditions], *, problem: str
) -> HttpResponse:
    language = get_language() or "vi"
    owed: dict[UUID, TermsShown] = {
        each.terms.pk: terms_shown(each.terms, language) for each in asked if each.terms and each.owes_terms
    }
    context = {
        "wanted": wanted,
        "owed": sorted(owed.values(), key=lambda one: one.name),
        "statement": any(each.statement for each in asked),
        "said": request.POST.get("statement", "") or _said_before(actor, wanted.asset),
        "longest": LONGEST_STATEMENT,
        "problem": problem,
        "languages": HTML_LANGUAGE,
    }
    return render(request, "web/download_asks.html", context, status=400 if problem else 200)


def _said_before(actor: Actor, asset: Asset | None) -> str:
    """What this person said of the same work last."""
    rows = UsageStatement.objects.filter(user=actor.user_id, asset=asset) if asset else UsageStatement.objects.none()
    return rows.values_list("text", flat=True).first() or ""
