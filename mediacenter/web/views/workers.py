"""Who works and what waits, for operators."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assets.changes.reading import feed_state
from assets.workers import workforce_for
from mediacenter.web.views.pages import page
from permissions.actor import Actor


@require_safe
@page
def workers(request: HttpRequest, actor: Actor) -> HttpResponse:
    return render(request, "web/workers.html", {"workforce": workforce_for(actor), "feed": feed_state()})
