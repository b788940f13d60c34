"""One's own account: who I am, password, second factors, sessions, identities."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mediacenter.tasks import send_password_link
from mediacenter.web.views.pages import page, person
from permissions.actor import Actor
from permissions.errors import Invalid
from permissions.usecases.identities import identities_of
from permissions.usecases.passwords import change_password, person_to_mail
from permissions.usecases.second_factors import factors_of, must_add_factor
from permissions.usecases.sessions import end_session, end_sessions, rename_session, sessions_of

BROWSERS = (
    (r"Edg/", "Edge"),
    (r"OPR/", "Opera"),
    (r"Firefox/", "Firefox"),
    (r"Chrome/", "Chrome"),
    (r"Safari/", "Safari"),
)
SYSTEMS = (
    (r"Windows", "Windows"),
    (r"Android", "Android"),
    (r"iPhone|iPad", "iOS"),
    (r"Mac OS X", "macOS"),
    (r"Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """``Firefox · Windows``; the beginning of what the program calls itself where neither is known."""
    names = [
        next((name for pattern, name in table if re.search(pattern, user_agent)), "") for table in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(filter(None, names)) or user_agent[:40]


@require_safe
@page
def account(request: HttpRequest, actor: Actor) -> HttpResponse:
    user = person(request)
    factors = factors_of(user)
    required = settings.MFA_REQUIRED_FOR
    sessions = [
        {"row": row, "device": device_name(row.user_agent), "current": row.session_key == request.session.session_key}
        for row in sessions_of(user)
    ]
    context = {
        "factors": factors,
        "must_add": must_add_factor(user=user, actor=actor, required_for=required),
        "sessions": sessions,
        "others": any(not session["current"] for session in sessions),
        "identities": identities_of(user),
        "oidc_name": settings.OIDC_NAME,
        "has_password": user.has_usable_password(),
    }
    return render(request, "web/account.html", context)


class OwnPasswordForm(PasswordChangeForm):
    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": gettext_lazy("This is not your present password."),
        "password_mismatch": gettext_lazy("The two new passwords are not the same."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_new_password(self)
        self.fields["old_password"].label = _("Present password")


def _label_new_password(form: forms.BaseForm) -> None:
    form.fields["new_password1"].label = _("New password")
    form.fields["new_password1"].help_text = _("At least 12 characters. A few words that only you would put together.")
    form.fields["new_password2"].label = _("New password, once more")
    form.fields["new_password2"].help_text = ""


@require_http_methods(["GET", "HEAD", "POST"])
@page
def password(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Change one's password; all other sessions end."""
    user = person(request)
    if not user.has_usable_password():
        raise Http404
    form: OwnPasswordForm = OwnPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        before = request.session.session_key or ""
        change_password(
            user=user, by=actor, password=form.cleaned_data["new_password1"], keep_session=before, how="changed"
        )
        update_session_auth_hash(request, user)
        rename_session(before=before, after=request.session.session_key or "")
        messages.success(request, _("The password is changed. All your other sessions have ended."))
        return redirect("web:account")
    return render(request, "web/password.html", {"form": form})


@require_POST
@page
def session_end(request: HttpRequest, actor: Actor, session_id: int) -> HttpResponse:
    end_session(by=actor, session_id=session_id)
    messages.success(request, _("The session has ended."))
    return redirect("web:account")


@require_POST
@page
def sessions_end(request: HttpRequest, actor: Actor) -> HttpResponse:
    end_sessions(of=person(request), by=actor, keep=request.session.session_key)
    messages.success(request, _("All other sessions have ended."))
    return redirect("web:account")


class ResetForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """Ask for a link to choose a new password. The answer is the same whether the address is known or not."""
    if not settings.EMAIL_HOST:
        raise Http404
    form = ResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user_id = person_to_mail(email=form.cleaned_data["email"])
        send_password_link.defer(user_id=str(user_id), language=get_language())
        return render(request, "web/reset_sent.html")
    return render(request, "web/reset.html", {"form": form})


class ResetConfirm(PasswordResetConfirmView):
    """The link of the mail leads here; Django moves its secret from the address into the session."""

    template_name = "web/reset_confirm.html"

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        _label_new_password(form)
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            change_password(
                user=form.user, by=None, password=form.cleaned_data["new_password1"], keep_session=None, how="reset"
            )
        except Invalid as refused:
            form.add_error("new_password1", refused.data["fields"]["password"])
            return self.form_invalid(form)
        self.request.session.flush()
        messages.success(self.request, _("The new password is set. Sign in with it."))
        return HttpResponseRedirect(reverse("web:login"))
