"""Second factors: asked for when signing in and before they are changed, added, removed."""

import base64
import json
import struct
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required, resume_request
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.exceptions import InvalidSignature
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mediacenter.sign_in import pages
from mediacenter.sign_in.stages import SecondFactorStage
from mediacenter.web.views.pages import page, person
from permissions.actor import Actor
from permissions.errors import Conflict, Invalid, NotFound
from permissions.models import User
from permissions.usecases.second_factors import (
    KEY_NAME_LENGTH,
    add_key,
    add_totp,
    check_code,
    factors_of,
    recovery_codes,
    remove_factor,
    renew_recovery_codes,
    used,
)
from permissions.usecases.sign_in import sign_in_failed
from permissions.usecases.throttle import CODE, PASSWORD, attempt, succeeded

P = ParamSpec("P")
READ_AND_POST = ["GET", "HEAD", "POST"]
NOT_ACCEPTED = gettext_lazy("This was not accepted. Try again.")
LONGEST_CREDENTIAL = 20_000
BROKEN = (
    ValidationError,
    InvalidSignature,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    RecursionError,
    struct.error,
)
"""What json, fido2 and allauth raise for answers that are wrong or not well-formed."""


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
    )


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class KeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the key"),
        max_length=KEY_NAME_LENGTH,
        help_text=gettext_lazy("So that you know it again: the colour, or where you keep it."),
    )
    credential = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_CREDENTIAL)


def _proved_by_key(user: User, text: str) -> Authenticator | None:
    """The key that signed the challenge of this session, if one of the person's did."""
    try:
        credential = json.loads(text[:LONGEST_CREDENTIAL])
        webauthn.parse_authentication_response(credential)
        found: Authenticator = webauthn.complete_authentication(user, credential)
    except BROKEN:
        return None
    return found


def _key_options(user: User) -> dict[str, Any] | None:
    return {"get": dict(webauthn.begin_authentication(user))} if factors_of(user).keys else None


def _proved(request: HttpRequest, user: User) -> Authenticator | None:
    """The second factor that this POST proves; failures are in the record."""
    tried = attempt(purpose="code", name=str(user.pk), patience=CODE)
    if not tried.allowed:
        raise TooManyError(tried.wait.total_seconds())
    if "credential" in request.POST:
        method, factor = "webauthn", _proved_by_key(user, request.POST["credential"])
    else:
        method, factor = "code", check_code(user=user, code=request.POST.get("code", "")[:20])
    if factor is None:
        sign_in_failed(email=user.email, number=tried.number, method=method)
        return None
    succeeded(purpose="code", name=str(user.pk))
    used(factor)
    return factor


class TooManyError(Exception):
    """Guessing has to wait, for ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@require_http_methods(READ_AND_POST)
@login_stage_required(stage="mfa_authenticate", redirect_urlname="account_login")  # type: ignore[untyped-decorator]
def challenge(request: HttpRequest) -> HttpResponse:
    """The second step of signing in: a code of the app, a recovery code, or a security key. Back to the first one when
    that does not count any more."""
    stage: SecondFactorStage = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001  allauth's decorator puts it there
    if not stage.still_counts:
        aborted: HttpResponse = stage.abort()
        return aborted
    user: User = stage.login.user
    error = ""
    if request.method == "POST":
        try:
            factor = _proved(request, user)
        except TooManyError as wait:
            return pages.too_many(request, seconds=wait.seconds)
        if factor is not None:
            record_authentication(request, user, "mfa", id=factor.pk, type=str(factor.type))
            response: HttpResponse = stage.exit()
            return response
        error = str(NOT_ACCEPTED)
    context = {"form": CodeForm(), "factors": factors_of(user), "error": error, "webauthn": _key_options(user)}
    return render(request, "web/second_factor.html", context)


@never_cache
@require_http_methods(READ_AND_POST)
@login_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask once more who it is, before something that a stranger at an open screen must not do."""
    user = person(request)
    error = ""
    if request.method == "POST":
        try:
            method = _confirmed(request, user)
        except TooManyError as wait:
            return pages.too_many(request, seconds=wait.seconds)
        if method:
            record_authentication(request, user, method, reauthenticated=True)
            resumed: HttpResponse | None = resume_request(request)
            return resumed or redirect("web:account")
        error = str(NOT_ACCEPTED)
    context = {
        "forms": [
            *([PasswordForm()] if user.has_usable_password() else []),
            *([CodeForm()] if factors_of(user) else []),
        ],
        "webauthn": _key_options(user),
        "error": error,
        "next": get_next_redirect_url(request) or "",
    }
    return render(request, "web/confirm.html", context)


def _confirmed(request: HttpRequest, user: User) -> str:
    """What the POST proved, or an empty text."""
    if "password" not in request.POST:
        return "mfa" if _proved(request, user) is not None else ""
    account = user.email.lower()
    tried = attempt(purpose="password", name=account, patience=PASSWORD)
    if not tried.allowed:
        raise TooManyError(tried.wait.total_seconds())
    if user.check_password(request.POST["password"][:500]):
        succeeded(purpose="password", name=account)
        return "password"
    sign_in_failed(email=account, number=tried.number, method="password")
    return ""


def confirmed_lately(view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for somebody who proved within five minutes who they are; others are asked first, then come back."""

    @wraps(view)
    def wrapped(request: HttpRequest, actor: Actor, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        raise_if_reauthentication_required(request, app="allauth.mfa")
        return view(request, actor, *args, **kwargs)

    return wrapped


def _after_adding(request: HttpRequest, *, with_codes: bool) -> HttpResponseRedirect:
    messages.success(request, _("The second factor is added."))
    return redirect("web:recovery-codes" if with_codes else "web:account")


@require_http_methods(READ_AND_POST)
@page
@confirmed_lately
def totp(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Add an app that shows codes: scan the picture, type a code."""
    user = person(request)
    if factors_of(user).totp is not None:
        return redirect("web:account")
    form = CodeForm(request.POST or None)
    secret = get_totp_secret(regenerate=request.method != "POST")
    if request.method == "POST" and form.is_valid():
        try:
            with_codes = add_totp(user=user, by=actor, secret=secret, code=form.cleaned_data["code"])
        except Invalid:
            form.add_error("code", str(NOT_ACCEPTED))
        else:
            clear_totp_secret(request)
            return _after_adding(request, with_codes=with_codes)
    adapter = get_mfa_adapter()
    drawing = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    picture = "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()
    groups = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return render(request, "web/factor_totp.html", {"form": form, "picture": picture, "secret": groups})


@require_http_methods(READ_AND_POST)
@page
@confirmed_lately
def key(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Add a security key or a device's own lock (WebAuthn)."""
    user = person(request)
    form = KeyForm(request.POST or None)
    error = ""
    if request.method == "POST" and form.is_valid():
        credential = _registered(form.cleaned_data["credential"])
        if credential is None:
            error = str(NOT_ACCEPTED)
        else:
            try:
                with_codes = add_key(user=user, by=actor, name=form.cleaned_data["name"], credential=credential)
            except Conflict:
                messages.error(request, _("There are too many keys already: remove one first."))
                return redirect("web:account")
            return _after_adding(request, with_codes=with_codes)
    options = {"create": dict(webauthn.begin_registration(user, passwordless=False))}
    return render(request, "web/factor_key.html", {"form": form, "error": error, "webauthn": options})


def _registered(text: str) -> dict[str, object] | None:
    """The credential that was made for the challenge of this session."""
    try:
        credential: dict[str, object] = json.loads(text)
        webauthn.parse_registration_response(credential)
        webauthn.complete_registration(credential)
    except BROKEN:
        return None
    return credential


@require_http_methods(READ_AND_POST)
@page
@confirmed_lately
def remove(request: HttpRequest, actor: Actor, factor_id: int) -> HttpResponse:
    """Ask, then remove: the confirmation of who it is may lead back here by GET."""
    if request.method == "POST":
        remove_factor(user=person(request), by=actor, factor_id=factor_id)
        messages.success(request, _("The second factor is removed."))
        return redirect("web:account")
    factors = factors_of(person(request))
    real = [factor for factor in (factors.totp, *factors.keys) if factor is not None]
    found = [factor for factor in real if factor.pk == factor_id]
    if not found:
        raise NotFound("There is no such second factor.")
    return render(request, "web/factor_remove.html", {"factor": found[0], "last": len(real) == 1})


@require_http_methods(READ_AND_POST)
@page
@confirmed_lately
def codes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The recovery codes that are left; POST makes new ones in place of the old."""
    user = person(request)
    if not factors_of(user):
        return redirect("web:account")
    if request.method == "POST":
        renew_recovery_codes(user=user, by=actor)
        messages.success(request, _("The old recovery codes no longer work. Keep the new ones in a safe place."))
        return redirect("web:recovery-codes")
    return render(request, "web/recovery_codes.html", {"codes": recovery_codes(user)})
