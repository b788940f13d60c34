"""One's own API tokens: list, make (the secret is shown once), revoke."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.usecases.tokens import IssuedToken, issue_token, revoke_token, tokens_of
from permissions.vocabulary import Scope

LIFETIMES = (
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("1 year")),
    ("", gettext_lazy("No end")),
)


class TokenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("What is it for?"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What may it do?"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ, Scope.UPLOAD],
    )
    lifetime = forms.ChoiceField(
        label=gettext_lazy("How long is it valid?"), choices=LIFETIMES, required=False, initial="90"
    )

    def issue(self, by: Actor) -> IssuedToken:
        days = self.cleaned_data["lifetime"]
        return issue_token(
            by=by,
            name=self.cleaned_data["name"],
            scopes=[Scope(scope) for scope in self.cleaned_data["scopes"]],
            expires_at=timezone.now() + timedelta(days=int(days)) if days else None,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@page
def tokens(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = TokenForm(request.POST or None)
    issued = None
    if request.method == "POST" and form.is_valid():
        issued = form.issue(actor)
        form = TokenForm()
    rows = [token for token in tokens_of(actor) if token.user_id is not None and token.revoked_at is None]
    context = {"form": form, "issued": issued, "tokens": rows, "now": timezone.now()}
    return render(request, "web/tokens.html", context)


@require_POST
@page
def revoke(request: HttpRequest, actor: Actor, token_id: UUID) -> HttpResponse:
    token = revoke_token(by=actor, token_id=token_id)
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("web:tokens")
