"""The upload page. The files go by the API's multipart protocol (``static/js/uploader.js``), not through this view."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from assets.models import Collection
from assets.states import Kind, Language
from mediacenter.web.presentation.agencies import agencies_to_upload_to
from mediacenter.web.presentation.strings import upload_strings
from mediacenter.web.views.pages import page, person
from permissions.actor import Actor

MAX_ALBUMS = 200


@require_safe
@page
def upload(request: HttpRequest, actor: Actor) -> HttpResponse:
    albums = Collection.objects.visible_to(actor).values_list("title", flat=True).distinct()[:MAX_ALBUMS]
    context = {
        "agencies": agencies_to_upload_to(actor),
        "kinds": [choice for choice in Kind.choices if choice[0] != Kind.ARTICLE],
        "languages": Language.choices,
        "language": (get_language() or settings.LANGUAGE_CODE)[:2],
        "albums": albums,
        "strings": upload_strings(),
        "person": person(request).pk,
    }
    return render(request, "web/upload.html", context)
