"""The page behind the link of an invitation. It needs no account; the secret in its address is the key."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from mediacenter.web.agency_forms import AcceptanceForm
from permissions.errors import Invalid, NotFound
from permissions.models import User
from permissions.usecases.invitations import (
    Acceptance,
    OtherPerson,
    accept_invitation,
    find_invitation,
    invited_account,
    needs_password,
)


def kept_secret(view: Callable[[HttpRequest, str], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """The address is a secret: it goes into no cache and no Referer."""

    @wraps(view)
    def wrapped(request: HttpRequest, secret: str) -> HttpResponse:
        response = view(request, secret)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "again")
@sensitive_variables("secret", "form")
@kept_secret
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The same page for every secret that cannot be used."""
    form = AcceptanceForm(request.POST if request.method == "POST" else None)
    try:
        if request.method == "POST" and (form.is_valid() or request.user.is_authenticated):
            return _accept(request, secret, form)
        return _show(request, secret, form)
    except NotFound:
        return render(request, "web/invitation_over.html", status=404)


@sensitive_variables("secret", "form", "given")
def _accept(request: HttpRequest, secret: str, form: AcceptanceForm) -> HttpResponse:
    user = request.user if isinstance(request.user, User) else None
    given = None
    if form.is_valid():
        given = Acceptance(full_name=form.cleaned_data["full_name"], password=form.cleaned_data["password"])
    try:
        member = accept_invitation(secret=secret, user=user, given=given)
    except Invalid as refusal:
        for name, sentences in refusal.data.get("fields", {}).items():
            form.add_error(name, sentences)
        return _show(request, secret, form)
    except OtherPerson:
        return _show(request, secret, form)
    messages.success(request, _("Welcome to %(agency)s.") % {"agency": member.agency.name_in(get_language() or "vi")})
    return redirect("web:library" if user is not None and user.pk == member.user_id else "web:login")


def _show(request: HttpRequest, secret: str, form: AcceptanceForm) -> HttpResponse:
    found = find_invitation(secret)
    account = invited_account(found)
    context = {
        "invitation": found,
        "agency": found.agency.name_in(get_language() or "vi"),
        "is_new": needs_password(account),
        "is_theirs": account is not None and account == request.user,
        "form": form,
    }
    return render(request, "web/invitation.html", context, status=400 if request.method == "POST" else 200)
