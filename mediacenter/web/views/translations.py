"""The translator's list of work, and one language beside the original."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from assets.access import decide
from assets.models import Asset, AssetText
from assets.states import Language, TextState
from assets.texts import STATE
from assets.translations import Work, to_translate, work_of
from assets.usecases.assets_edit import edit_asset
from mediacenter.web.forms import offer_reason, text_field, text_names
from mediacenter.web.presentation.assets import card, for_pages
from mediacenter.web.presentation.texts import HTML_LANGUAGE, reading_language
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotFound
from permissions.reasons import require
from permissions.vocabulary import Action

PAGE_SIZE = 40


class WorkFilters(forms.Form):
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=Language.choices)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("Everything to do")), *Work.choices]
    )
    older_than = forms.UUIDField(required=False, widget=forms.HiddenInput)


@require_safe
@page
def work(request: HttpRequest, actor: Actor) -> HttpResponse:
    asked = request.GET.copy()
    asked.setdefault("language", _first_language())
    filters = WorkFilters(asked)
    values = filters.cleaned_data if filters.is_valid() else {}
    language = values.get("language") or _first_language()
    rows = to_translate(actor, language=language, shown=for_pages, work=values.get("state") or None)
    if values.get("older_than"):
        rows = rows.filter(pk__lt=values["older_than"])
    found = list(rows[: PAGE_SIZE + 1])
    context = {
        "filters": filters,
        "language": language,
        "rows": [{"card": card(asset, None), "work": work_of(asset, language)} for asset in found[:PAGE_SIZE]],
        "older": found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None,
        "state": values.get("state", ""),
    }
    return render(request, "web/translations.html", context)


def _first_language() -> str:
    """English for who reads Vietnamese, else the reader's own."""
    reading = reading_language()
    return str(Language.EN if reading == Language.VI else reading)


class TranslationForm(forms.Form):
    """One language's words."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, asset: Asset, language: Language, data: Any = None) -> None:
        text = next((text for text in asset.texts.all() if text.language == language), None)
        names = text_names(asset)
        initial = {name: getattr(text, name) for name in names} if text else {}
        super().__init__(data, initial={**initial, "revision": asset.revision})
        for name in names:
            self.fields[name] = text_field(name, language, asset)
        self.text_names = names
        offer_reason(self, asset)

    def pairs(self, original: AssetText) -> list[dict[str, Any]]:
        """Each field beside the original's words."""
        return [{"field": self[name], "original": getattr(original, name)} for name in self.text_names]


@require_http_methods(["GET", "HEAD", "POST"])
@page
def translate(request: HttpRequest, actor: Actor, asset_id: UUID, language: str) -> HttpResponse:
    asset = for_pages(Asset.objects.visible_to(actor)).filter(pk=asset_id).first()
    if asset is None or language not in Language.values or language == asset.original_language:
        raise NotFound("There is nothing here, or you may not see it.")
    require(decide(actor, Action.EDIT, asset))
    texts = {text.language: text for text in asset.texts.all()}
    original = texts.get(asset.original_language) or AssetText(asset=asset, language=asset.original_language)
    form = TranslationForm(asset, Language(language), request.POST or None)
    if form.is_valid() and _save(form, actor, asset, Language(language)):
        messages.success(request, _("The changes are saved."))
        return redirect("web:asset", asset.pk)
    context = {
        "form": form,
        "asset": asset,
        "card": card(asset, None),
        "pairs": form.pairs(original),
        "language": Language(language).label,
        "original_language": Language(asset.original_language).label,
        "original_html": HTML_LANGUAGE[Language(asset.original_language)],
        "text": texts.get(language),
        "doubtful": language in texts and texts[language].state in {TextState.MACHINE, TextState.STALE},
    }
    return render(request, "web/translate.html", context, status=400 if form.errors else 200)


def _save(form: TranslationForm, actor: Actor, asset: Asset, language: Language) -> bool:
    """Whoever saves the page has both texts before them: the translation is theirs."""
    values = {name: form.cleaned_data[name] for name in form.text_names}
    try:
        edit_asset(
            asset_id=asset.pk,
            by=actor,
            fields={},
            texts={language: {**values, STATE: str(TextState.TRANSLATED)}},
            revision=form.cleaned_data["revision"],
            reason=form.cleaned_data.get("reason", ""),
        )
    except Invalid as refusal:
        for name, sentences in refusal.data.get("fields", {}).items():
            form.add_error(name if name in form.fields else None, sentences)
    except Conflict as conflict:
        form.add_error(None, conflict.message)
    return form.is_valid()
