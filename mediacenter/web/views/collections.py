"""Albums, topics and events: listed, made, described, ordered."""

import re
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from api.territory import territory_of
from assets.albums import CollectionFull
from assets.models import Asset, Collection
from assets.states import CollectionKind
from assets.usecases.collections_edit import (
    add_to_collection,
    create_collection,
    delete_collection,
    edit_collection,
    find_collection,
    items_for,
    move_in_collection,
    ordered_for,
    remove_from_collection,
)
from mediacenter.web.agencies_field import AgenciesField
from mediacenter.web.forms_rights import moment
from mediacenter.web.presentation.agencies import agencies_to_upload_to
from mediacenter.web.presentation.assets import card_for, for_pages
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.collections import may_change_collection
from permissions.errors import Conflict, Invalid, NotFound, RevisionChanged
from permissions.models import Agency
from permissions.reasons import require
from permissions.vocabulary import Audience

PAGE_SIZE = 60
NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
FIELDS = (
    "title", "kind", "audience", "description_vi", "description_en", "description_zh", "starts_at", "ends_at", "place",
)  # fmt: skip


def _text(label: Any, language: str) -> forms.CharField:
    widget = forms.Textarea({"rows": 3, "lang": language})
    return forms.CharField(label=label, required=False, max_length=5000, widget=widget)


class CollectionForm(forms.Form):
    """What is said of a collection. The rules are the use case's. ``revision`` is the one that the form was made from:
    what somebody else changed since is not overwritten."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=CollectionKind.choices)
    description_vi = _text(gettext_lazy("Description in Vietnamese"), "vi")
    description_en = _text(gettext_lazy("Description in English"), "en")
    description_zh = _text(gettext_lazy("Description in Chinese"), "zh-Hans")
    starts_at = moment(gettext_lazy("Begins (events)"))
    ends_at = moment(gettext_lazy("Ends (events)"))
    place = forms.CharField(label=gettext_lazy("Place (events)"), max_length=250, required=False)
    audience = forms.ChoiceField(label=gettext_lazy("Who may see the collection?"), choices=Audience.choices)
    shared_with = AgenciesField(
        label=gettext_lazy("Named agencies"),
        help_text=gettext_lazy("For the audience “Named agencies”: their codes, with commas."),
    )

    def __init__(self, collection: Collection, data: Any = None) -> None:
        super().__init__(data, initial={name: getattr(collection, name) for name in (*FIELDS, "revision")})
        named = self.fields["shared_with"]
        assert isinstance(named, AgenciesField)  # noqa: S101  for the type checker
        self.initial["shared_with"] = named.show(share.agency for share in collection.shares.all())

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS}


class NewCollectionForm(forms.Form):
    agency = forms.ChoiceField(label=gettext_lazy("Agency"))
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=CollectionKind.choices)

    def __init__(self, actor: Actor, data: Any = None) -> None:
        super().__init__(data)
        choices = [(str(choice.id), choice.label) for choice in agencies_to_upload_to(actor)]
        field = self.fields["agency"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = choices
        self.possible = bool(choices)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = NewCollectionForm(actor, request.POST or None)
    made = _create(form, actor) if form.is_valid() else None
    if made is not None:
        return redirect("web:collection", made.pk)
    kind = request.GET.get("kind", "")
    rows = Collection.objects.visible_to(actor).select_related("agency")
    if kind in CollectionKind.values:
        rows = rows.filter(kind=kind)
    before = _uuid(request.GET.get("older_than", ""))
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: PAGE_SIZE + 1])
    language = get_language() or "vi"
    context = {
        "form": form,
        "kinds": CollectionKind.choices,
        "kind": kind,
        "rows": [
            {"row": row, "agency": row.agency.name_in(language), "description": row.description_in(language)}
            for row in found[:PAGE_SIZE]
        ],
        "older": found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None,
    }
    return render(request, "web/collections.html", context, status=400 if form.errors else 200)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _create(form: NewCollectionForm, actor: Actor) -> Collection | None:
    values = form.cleaned_data
    agency = Agency.objects.get(pk=values["agency"])
    try:
        return create_collection(by=actor, agency=agency, title=values["title"], fields={"kind": values["kind"]})
    except Conflict:
        form.add_error("title", _("The agency has a collection of this title."))
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@page
def detail(request: HttpRequest, actor: Actor, collection_id: UUID) -> HttpResponse:
    collection = find_collection(actor, collection_id)
    form = CollectionForm(collection, request.POST or None)
    if form.is_valid() and _save(form, actor, collection):
        messages.success(request, _("The changes are saved."))
        return redirect("web:collection", collection.pk)
    return _show(request, actor, collection, form)


def _show(
    request: HttpRequest, actor: Actor, collection: Collection, form: CollectionForm, *, complaint: str = ""
) -> HttpResponse:
    """The page; 400 when what was sent cannot be done."""
    language = get_language() or "vi"
    number = _page_number(request)
    cards, more = _cards(actor, collection, number, territory_of(request))
    context = {
        "collection": find_collection(actor, collection.pk),
        "agency": collection.agency.name_in(language),
        "description": collection.description_in(language),
        "cards": cards,
        "number": number,
        "before": number - 1,
        "after": number + 1 if more else 0,
        "form": form,
        "may": bool(may_change_collection(actor, collection)),
        "complaint": complaint,
    }
    return render(request, "web/collection.html", context, status=400 if form.errors or complaint else 200)


def _page_number(request: HttpRequest) -> int:
    """Counted from 1 over what the reader may see; the first for whatever is none."""
    said = request.POST.get("page") or request.GET.get("page", "")
    return int(said) if NUMBER.fullmatch(said) else 1


def _cards(actor: Actor, collection: Collection, number: int, territory: str | None) -> tuple[list[Any], bool]:
    """The works of this page that the reader may see, in order, and whether there are more."""
    start = (number - 1) * PAGE_SIZE
    items = ordered_for(actor, collection)[start : start + PAGE_SIZE + 1]
    order = list(items.values_list("asset_id", flat=True))
    shown = order[:PAGE_SIZE]
    rows = for_pages(Asset.objects.visible_to(actor)).filter(pk__in=shown)
    found = {asset.pk: card_for(asset, actor, territory) for asset in rows}
    return [found[key] for key in shown if key in found], len(order) > PAGE_SIZE


def _save(form: CollectionForm, actor: Actor, collection: Collection) -> bool:
    try:
        edit_collection(
            by=actor,
            collection_id=collection.pk,
            fields=form.changes,
            shared_with=form.cleaned_data["shared_with"],
            revision=form.cleaned_data["revision"],
        )
    except Invalid as refusal:
        for name, sentences in refusal.data.get("fields", {}).items():
            form.add_error(name if name in form.fields else None, sentences)
    except RevisionChanged as conflict:
        form.add_error(None, conflict.message)
    except Conflict:
        form.add_error("title", _("The agency has a collection of this title."))
    return form.is_valid()


@require_POST
@page
def delete(request: HttpRequest, actor: Actor, collection_id: UUID) -> HttpResponse:
    delete_collection(by=actor, collection_id=collection_id)
    messages.success(request, _("The collection is gone. Its works are still in the library."))
    return redirect("web:collections")


@require_POST
@page
def items(request: HttpRequest, actor: Actor, collection_id: UUID) -> HttpResponse:
    """``act`` is up, down or remove for ``asset``; without it the work with ``reference`` is added."""
    collection = find_collection(actor, collection_id)
    act = request.POST.get("act", "")
    asset_id = _uuid(request.POST.get("asset", ""))
    if not act:
        complaint = _add(request, actor, collection)
        if complaint:
            return _show(request, actor, collection, CollectionForm(collection), complaint=complaint)
    elif asset_id is None:
        raise NotFound("There is no such asset.")
    elif act == "remove":
        remove_from_collection(by=actor, collection_id=collection_id, asset_id=asset_id)
    else:
        _step(actor, collection_id, asset_id, -1 if act == "up" else 1)
    number = _page_number(request)
    address = reverse("web:collection", args=[collection_id])
    return redirect(f"{address}?page={number}" if number > 1 else address)


def _add(request: HttpRequest, actor: Actor, collection: Collection) -> str:
    """What is wrong with the reference, or nothing once the work is in the collection."""
    reference = request.POST.get("reference", "").strip()[:40]
    asset = Asset.objects.visible_to(actor).filter(reference__iexact=reference).first()
    if asset is None:
        require(may_change_collection(actor, collection))
        return _("There is no work of this reference that you may see.")
    try:
        add_to_collection(by=actor, collection_id=collection.pk, asset_id=asset.pk)
    except CollectionFull as full:
        return full.message
    messages.success(request, _("Added."))
    return ""


def _step(actor: Actor, collection_id: UUID, asset_id: UUID, by: int) -> None:
    order = [item.asset_id for item in items_for(actor, find_collection(actor, collection_id))]
    if asset_id not in order:
        raise NotFound("The collection has no such asset.")
    place = max(1, order.index(asset_id) + 1 + by)
    move_in_collection(by=actor, collection_id=collection_id, asset_id=asset_id, position=place)
