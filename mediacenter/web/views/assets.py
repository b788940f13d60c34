"""One asset: look at it, change what is said of it, publish, withdraw."""

import re
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from api.presenters import embed_url, formerly
from api.territory import territory_of
from assets.access import decide, get_visible, judge
from assets.colleagues import colleagues_of
from assets.models import ArticleReference, Asset
from assets.models.revision import OPEN_CORRECTIONS
from assets.publications.reading import reported_of
from assets.similar import neighbours
from assets.states import Kind
from assets.tables import table_behind
from assets.tombstones import refuse_purged
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_publish import publish_asset
from assets.usecases.assets_withdraw import withdraw_asset
from assets.uses.graph import reuse_graph
from assets.uses.reading import uses_of
from assets.watching import count_view
from mediacenter.web.forms import AssetForm
from mediacenter.web.forms_rights import ReleaseForm
from mediacenter.web.forms_sizes import size_form
from mediacenter.web.presentation.agencies import logo_shown
from mediacenter.web.presentation.assets import Card, asset_page, card, for_pages, urls_for
from mediacenter.web.presentation.processing import processing_shown
from mediacenter.web.presentation.reuse import reuse_shown
from mediacenter.web.presentation.rights import releases_shown
from mediacenter.web.presentation.strings import asset_strings
from mediacenter.web.views.articles import asks_editor, editor_for, with_insertion
from mediacenter.web.views.pages import looked_at, page
from permissions.actor import Actor
from permissions.audit_policy import may_read_record_of
from permissions.errors import Conflict, Invalid, NotAllowed, NotFound
from permissions.models import AuditEvent
from permissions.reasons import require
from permissions.vocabulary import Action, AssetState, Reason, Use

ORIGINAL = "original"
NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
SHOWN = 200
"""Comments, decisions and colleagues of one page; the API has the rest."""
MAX_ARTICLES = 50
"""Articles named beside a work; the API lists all."""
MAX_SIMILAR = 6
"""Pictures like the one of the page; the API has more."""
MOST_REUSED = 8
"""Of each kind in the graph of reuse; the API has more."""
FEW_REPORTED = 5
"""Reported publications beside a work; a page of its own lists more."""


def wanted_number(request: HttpRequest, name: str) -> int | None:
    """A number from 1 in the address; None without one. :class:`NotFound` for what is none."""
    said = request.GET.get(name, "")
    if said and not NUMBER.fullmatch(said):
        raise NotFound("There is nothing here.")
    return int(said) if said else None


def _load(actor: Actor, asset_id: UUID) -> Asset:
    asset = for_pages(Asset.objects.visible_to(actor)).filter(pk=asset_id).first()
    if asset is None:
        refuse_purged(actor, asset_id)
        raise NotFound("There is nothing here, or you may not see it.")
    return asset


@require_safe
@page
def detail(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    asset = _load(actor, asset_id)
    count_view(asset)
    original = asset.duplicate_of_id and Asset.objects.visible_to(actor).filter(pk=asset.duplicate_of_id).first()
    context: dict[str, object] = {
        "page": asset_page(asset, actor, territory=territory_of(request)),
        "duplicate_of": original,
        "processing": processing_shown(asset.current_version),
        "embed_url": embed_url(asset) if judge(actor, Use.EMBED, asset, territory=territory_of(request)) else "",
        "withdrawal": _withdrawal(asset),
        "reads_history": may_read_record_of(actor, asset.agency.path),
        "formerly": formerly(asset),
        "logo": logo_shown(asset.agency),
        "used_in": _used_in(asset, actor),
        "sizes": size_form(asset),
        "similar": _similar(asset, actor, territory=territory_of(request)),
        "uses": uses_of(asset) if decide(actor, Action.SEE_USES, asset) else None,
        "reported": reported_of(asset, actor, shown=FEW_REPORTED),
        "table": table_behind(asset),
        "strings": asset_strings(),
    }
    if decide(actor, Action.FOLLOW, asset):
        context |= _thread(asset)
    graph = reuse_graph(asset, reader=actor, most=MOST_REUSED)
    context |= {"reuse": reuse_shown(graph), "since": graph.since}
    return render(request, "web/asset.html", context)


def _thread(asset: Asset) -> dict[str, object]:
    """What colleagues said, decided and propose, newest first, and who they are."""
    return {
        "comments": asset.comments.select_related("user", "token", "mention")[:SHOWN],
        "history": asset.workflow_events.select_related("user", "token")[:SHOWN],
        "correction": asset.corrections.filter(state__in=OPEN_CORRECTIONS).select_related("version").first(),
        "colleagues": colleagues_of(asset)[:SHOWN],
    }


def _used_in(asset: Asset, actor: Actor) -> list[Card]:
    """The newest articles that show the work, as far as the reader may see them."""
    shown = ArticleReference.objects.filter(asset=asset).values("article_id")
    rows = for_pages(Asset.objects.visible_to(actor)).filter(pk__in=shown).order_by("-pk")[:MAX_ARTICLES]
    return [card(article, None) for article in rows]


def _similar(asset: Asset, actor: Actor, *, territory: str | None) -> list[Card]:
    """The pictures nearest to this one, as far as the reader may see them."""
    near = [one.asset_id for one in neighbours(actor=actor, asset=asset, size=MAX_SIMILAR)]
    rows = for_pages(Asset.objects.visible_to(actor)).in_bulk(near) if near else {}
    return [card(rows[pk], urls_for(rows[pk], actor, territory)) for pk in near if pk in rows]


def _withdrawal(asset: Asset) -> AuditEvent | None:
    if asset.state != AssetState.WITHDRAWN:
        return None
    return AuditEvent.objects.filter(target=asset.pk, act="asset.withdrawn").first()


@require_http_methods(["GET", "HEAD", "POST"])
@page
def edit(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    asset = _load(actor, asset_id)
    require(decide(actor, Action.EDIT, asset))
    data = with_insertion(request.POST) if request.method == "POST" else None
    form = AssetForm(asset, data)
    working = data is not None and asset.kind == Kind.ARTICLE and asks_editor(data)
    if form.is_valid() and not working and _save(form, actor, asset):
        messages.success(request, _("The changes are saved."))
        return redirect("web:asset", asset.pk)
    territory = territory_of(request)
    writes = asset.kind == Kind.ARTICLE
    editor = editor_for(asset, actor, form, data, territory=territory) if writes else None
    status = 400 if form.is_bound and form.errors else 200
    context = {
        "form": form,
        "asset": asset,
        "page": asset_page(asset, actor, territory=territory),
        "editor": editor,
        "releases": releases_shown(asset) if decide(actor, Action.DOWNLOAD_ORIGINAL, asset) else [],
        "release_form": ReleaseForm(),
    }
    return render(request, "web/asset_edit.html", context, status=status)


def _save(form: AssetForm, actor: Actor, asset: Asset) -> bool:
    """Whether the use case took it; its refusals become errors of the form."""
    try:
        edit_asset(
            asset_id=asset.pk,
            by=actor,
            fields=form.changes,
            texts=form.texts,
            shared_with=form.cleaned_data["shared_with"],
            revision=form.cleaned_data["revision"],
            reason=form.cleaned_data.get("reason", ""),
        )
    except Invalid as refusal:
        for name, sentences in refusal.data.get("fields", {}).items():
            form.add_error(name if name in form.fields else None, sentences)
    except NotAllowed as refusal:
        if refusal.reason != Reason.REVIEW_NEEDED:
            raise
        form.add_error("audience", refusal.message)
    except Conflict as conflict:
        form.add_error(None, conflict.message)
    return form.is_valid()


@require_POST
@page
def publish(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    get_visible(actor, asset_id)
    try:
        publish_asset(asset_id=asset_id, by=actor, revision=looked_at(request))
        messages.success(request, _("Published."))
    except Conflict as conflict:
        messages.error(request, conflict.message)
    return redirect("web:asset", asset_id)


@require_POST
@page
def withdraw(request: HttpRequest, actor: Actor, asset_id: UUID) -> HttpResponse:
    get_visible(actor, asset_id)
    try:
        reason = request.POST.get("reason", "")[:1000]
        withdraw_asset(asset_id=asset_id, by=actor, reason=reason, revision=looked_at(request))
        messages.success(request, _("Withdrawn. Pages that embed it show a notice from now on."))
    except (Invalid, Conflict) as refusal:
        messages.error(request, refusal.message)
    return redirect("web:asset", asset_id)
