"""What every page for signed-in people has in common: who is asking, and how refusals of the domain become pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render

from api.errors import ended_by_limit
from permissions.actor import Actor, actor_for_user
from permissions.errors import Conflict, Gone, InfrastructureError, Invalid, NotAllowed, NotFound
from permissions.models import User

P = ParamSpec("P")
RETRY_AFTER_SECONDS = 10
MOST_DIGITS = 10


def person(request: HttpRequest) -> User:
    """The signed-in person of a request that :func:`page` let through."""
    return cast("User", request.user)


def looked_at(request: HttpRequest) -> int | None:
    """The revision that the form was made for; None from a form that does not say it."""
    value = request.POST.get("revision", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < MOST_DIGITS else None


def page(view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view for signed-in people that is handed the :class:`Actor`; never cached, refusals shown as pages.

    What may not be seen is 404, what was purged 410, what may not be done is 403 with the policy's sentence, a failed
    part is 503. A conflict (409) or an input that cannot be used (400) is the view's own to show, beside the form; one
    that it does not know of gets a page with the sentence.
    """

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor = actor_for_user(person(request))
        request.actor = actor  # type: ignore[attr-defined]  # for what every page shows of the actor's rights
        try:
            response: HttpResponseBase = view(request, actor, *args, **kwargs)
        except NotFound as missing:
            raise Http404 from missing
        except Gone as gone:
            response = render(request, "410.html", {"sentence": gone.message}, status=410)
        except NotAllowed as refusal:
            response = render(request, "403.html", {"sentence": refusal.message}, status=403)
        except (Conflict, Invalid) as refusal:
            status = 400 if isinstance(refusal, Invalid) else 409
            response = render(request, "web/refused.html", {"sentence": refusal.message}, status=status)
        except (InfrastructureError, OperationalError) as failure:
            if isinstance(failure, OperationalError) and not ended_by_limit(failure):
                raise
            response = render(request, "503.html", status=503)
            response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return wrapped
