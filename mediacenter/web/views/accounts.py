"""Signing in and out. Who exists is never told: a wrong name, a wrong password and an inactive person look the same."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mediacenter.sign_in import oidc, pages
from permissions.usecases.sign_in import sign_in_failed
from permissions.usecases.throttle import PASSWORD, Attempt, attempt, succeeded


class SignInForm(AuthenticationForm):
    """E-mail and password. The address is folded, so that another case of it does not count failures anew."""

    error_messages = {
        "invalid_login": _("The e-mail address or the password is not right. Check both and try again."),
        "inactive": _("The e-mail address or the password is not right. Check both and try again."),
    }
    username = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_username(self) -> str:
        address: str = self.cleaned_data["username"]
        return address.strip().lower()


class SignIn(LoginView):
    """``next`` is followed only to this site (Django's ``url_has_allowed_host_and_scheme``).

    After the password django-allauth asks for the second factor, where there is one.
    """

    template_name = "web/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    tried: Attempt | None = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"oidc_name": settings.OIDC_NAME if settings.OIDC_ISSUER else "", "mail": bool(settings.EMAIL_HOST)}
        return {**super().get_context_data(**kwargs), **own}

    @property
    def account(self) -> str:
        return str(self.request.POST.get("username", "")).strip().lower()[:254]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One address is stopped by django-axes, many addresses at one account by the throttle."""
        complete = self.account and request.POST.get("password")
        if complete and AxesProxyHandler.is_allowed(request, {"username": self.account}):
            self.tried = attempt(purpose="password", name=self.account, patience=PASSWORD)
            if not self.tried.allowed:
                return pages.too_many(request, seconds=self.tried.wait.total_seconds())
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        succeeded(purpose="password", name=self.account)
        login = Login(user=form.get_user(), redirect_url=self.get_success_url())
        response: HttpResponse = perform_password_login(self.request, {"email": self.account}, login)
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if self.tried is not None:
            sign_in_failed(email=self.account, number=self.tried.number, method="password")
        return super().form_invalid(form)


class SignOut(LogoutView):
    """By POST only, so that a foreign page cannot sign people out."""


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG001  django-axes passes more
    """What django-axes shows after too many failures, for addresses that exist and for those that do not."""
    return pages.too_many(request, seconds=settings.AXES_COOLOFF_TIME.total_seconds())


@never_cache
@require_safe
def identity(request: HttpRequest) -> HttpResponse:
    """To the identity provider, and from there back to ``next``."""
    if not settings.OIDC_ISSUER:
        raise Http404
    if request.user.is_authenticated:
        return HttpResponseRedirect("/")
    return oidc.start(request, next_url=get_next_redirect_url(request))


@never_cache
@require_safe
def identity_callback(request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    return oidc.callback(request)
