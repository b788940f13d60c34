"""The upload page. The files go by the API's multipart protocol (``static/js/uploader.js``), not through this view."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from assets.models import Collection
from assets.quota import warning_sentence, warnings_of
from assets.states import Kind, Language
from mediacenter.web.presentation.agencies import agencies_to_upload_to
from mediacenter.web.presentation.strings import upload_strings
from mediacenter.web.views.pages import page, person
from permissions.actor import Actor
from permissions.collections import may_change_collection
from permissions.models import Agency
from permissions.rows import below
from permissions.vocabulary import Role

MAX_ALBUMS = 200
MAX_NOTICES = 20


def _quota_notices(actor: Actor) -> list[dict[str, object]]:
    """Of the actor's own agencies, those that near their quota."""
    own = [grant.agency_id for grant in actor.grants if grant.role.includes(Role.CONTRIBUTOR)][:MAX_NOTICES]
    agencies = Agency.objects.filter(pk__in=own).order_by("path")
    near = [(agency, warnings_of(agency)) for agency in agencies]
    return [
        {"agency": agency, "sentences": [warning_sentence(kind) for kind in kinds]} for agency, kinds in near if kinds
    ]


def _albums(actor: Actor) -> list[str]:
    """Titles of the newest collections that the actor may fill."""
    paths = [grant.path for grant in actor.grants if grant.role.includes(Role.CONTRIBUTOR)]
    rows = Collection.objects.visible_to(actor).with_policy_facts().filter(below(paths, "agency__path"))
    return list(dict.fromkeys(row.title for row in rows[:MAX_ALBUMS] if may_change_collection(actor, row)))


@require_safe
@page
def upload(request: HttpRequest, actor: Actor) -> HttpResponse:
    context = {
        "agencies": agencies_to_upload_to(actor),
        "kinds": [choice for choice in Kind.choices if choice[0] != Kind.ARTICLE],
        "languages": Language.choices,
        "language": (get_language() or settings.LANGUAGE_CODE)[:2],
        "albums": _albums(actor),
        "strings": upload_strings(),
        "person": person(request).pk,
        "quota_notices": _quota_notices(actor),
    }
    return render(request, "web/upload.html", context)
