"""Begin an article: an agency, a language and a title. Everything else is said on its edit page."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from assets.models import Asset
from assets.states import Language
from assets.usecases.articles_create import create_article
from mediacenter.web.presentation.agencies import agencies_to_upload_to
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid
from permissions.models import Agency


class NewArticleForm(forms.Form):
    agency = forms.ChoiceField(label=_("Agency"))
    language = forms.ChoiceField(label=_("Original language"), choices=Language.choices)
    title = forms.CharField(label=_("Title"), max_length=300)

    def __init__(self, actor: Actor, data: Any = None) -> None:
        super().__init__(data, initial={"language": (get_language() or settings.LANGUAGE_CODE)[:2]})
        field = self.fields["agency"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = [(str(choice.id), choice.label) for choice in agencies_to_upload_to(actor)]
        self.possible = bool(field.choices)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def new_article(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = NewArticleForm(actor, request.POST if request.method == "POST" else None)
    made = _create(form, actor) if form.is_valid() else None
    if made is not None:
        return redirect("web:asset-edit", made.pk)
    return render(request, "web/article_new.html", {"form": form}, status=400 if form.errors else 200)


def _create(form: NewArticleForm, actor: Actor) -> Asset | None:
    """The draft; the use case's refusals become errors of the form."""
    values = form.cleaned_data
    language = Language(values["language"])
    try:
        return create_article(
            by=actor,
            agency=Agency.objects.get(pk=values["agency"]),
            texts={language: {"title": values["title"]}},
            fields={"original_language": language},
        )
    except (Invalid, Conflict) as refusal:
        form.add_error(None, refusal.message)
    return None
