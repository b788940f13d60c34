"""The forms of an agency's page. They only parse: rights and rules are the use cases'."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assets.logos import chosen_for
from mediacenter.web.views.tokens import TokenForm
from permissions.models import Agency, Membership
from permissions.vocabulary import Av1Policy, Role

TEXTS = ("name_vi", "name_en", "name_zh", "default_credit_line", "default_licence")
LISTS = ("domains", "embed_origins", "api_origins")
RETENTION = ("retention_draft_days", "retention_publish_days", "retention_days")
NUMBERS = ("quota_bytes", "quota_items", "quota_warn_percent", *RETENTION)
SWITCHES = ("embed_credits", "asks_terms", "asks_statement")
AS_ABOVE = ""


def _lines(label: Any, help_text: Any) -> forms.CharField:
    widget = forms.Textarea({"rows": 3, "spellcheck": "false"})
    return forms.CharField(label=label, help_text=help_text, max_length=20_000, required=False, widget=widget)


def _number(label: Any, help_text: Any = "", *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=0, required=required)


def _asked(label: Any, help_text: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        choices=[(AS_ABOVE, _("As the agency above")), ("yes", _("Asked for")), ("no", _("Not asked for"))],
    )


RETENTION_HELP = _("Empty: as the agency above; 0: never.")


class AgencyForm(forms.Form):
    """``revision`` is the one that the form was made from: what somebody else changed since is not overwritten."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    name_vi = forms.CharField(label=_("Name in Vietnamese"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=200, required=False)
    default_credit_line = forms.CharField(label=_("Usual credit line"), max_length=250, required=False)
    default_licence = forms.CharField(label=_("Usual licence"), max_length=120, required=False)
    logo = forms.CharField(
        label=_("Logo"),
        help_text=_("The reference of a photo or infographic of this agency that is published for everybody."),
        max_length=60,
        required=False,
        widget=forms.TextInput({"autocapitalize": "characters", "spellcheck": "false"}),
    )
    domains = _lines(_("Host names of the agency's sites"), _("One a line, such as moh.gov.vn."))
    embed_origins = _lines(
        _("Sites that may embed"),
        _("One a line, such as https://moh.gov.vn. None: as the installation says."),
    )
    api_origins = _lines(
        _("Sites whose pages may call the API"),
        _("One a line, such as https://moh.gov.vn. Their scripts still need a token for what is not public."),
    )
    quota_bytes = _number(_("Quota in bytes"), _("Set by an administrator above. Empty: no limit."))
    quota_items = _number(_("Quota in assets"), _("Set by an administrator above. Empty: no limit."))
    quota_warn_percent = _number(_("Warn from this percentage of the quota on"), required=True)
    review_steps = forms.TypedChoiceField(
        label=_("Reviews before publication"),
        help_text=_("Fewer than now can only be set by an administrator above."),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[
            (AS_ABOVE, _("As the agency above")),
            ("0", _("None: editors publish at once")),
            ("1", _("One other person")),
            ("2", _("Two other people")),
        ],
    )
    embed_credits = forms.TypedChoiceField(
        label=_("Credits inside pictures"),
        help_text=_("Creator, credit line and terms are written into the files that are made of pictures."),
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        choices=[(AS_ABOVE, _("As the agency above")), ("yes", _("Written")), ("no", _("Not written"))],
    )
    asks_terms = _asked(
        _("Terms before downloads"), _("Others accept the agency's terms once, and again when they change.")
    )
    asks_statement = _asked(
        _("Purpose of downloads"), _("Others say with each download what it is for; it is shown beside the uses.")
    )
    av1 = forms.TypedChoiceField(
        label=_("Videos in AV1 too"),
        help_text=_("Fewer bits for the same picture; made in the background while nothing else waits."),
        empty_value=None,
        required=False,
        choices=[(AS_ABOVE, _("As the agency above")), *Av1Policy.choices],
    )
    retention_draft_days = _number(_("Untouched drafts go into the trash after days"), RETENTION_HELP)
    retention_publish_days = _number(_("Published works are archived after days"), RETENTION_HELP)
    retention_days = _number(_("Withdrawn and archived works go into the trash after days"), RETENTION_HELP)

    def __init__(self, agency: Agency, data: Mapping[str, Any] | None = None) -> None:
        initial = {name: getattr(agency, name) for name in (*TEXTS, *NUMBERS, "review_steps", "revision")}
        for name in SWITCHES:
            initial[name] = {None: AS_ABOVE, True: "yes", False: "no"}[getattr(agency, name)]
        initial["av1"] = agency.av1 or AS_ABOVE
        logo = chosen_for(agency)
        initial["logo"] = logo.reference if logo else ""
        super().__init__(data, initial=initial | {name: "\n".join(getattr(agency, name)) for name in LISTS})

    @property
    def changes(self) -> dict[str, Any]:
        """Fields but the logo, by the use case's names."""
        plain = {name: self.cleaned_data[name] for name in (*TEXTS, *NUMBERS, *SWITCHES, "review_steps", "av1")}
        return plain | {name: self.cleaned_data[name].split() for name in LISTS}


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.CONTRIBUTOR)


SIMPLE, CLIENT = "token", "client"


class AgencyTokenForm(TokenForm):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.CONTRIBUTOR)
    kind = forms.ChoiceField(
        label=_("How does the program sign in?"),
        choices=[(SIMPLE, _("With the token itself")), (CLIENT, _("By OAuth 2.0, with an id and a secret"))],
        required=False,
        initial=SIMPLE,
    )


class HandoverForm(forms.Form):
    leaver = forms.ChoiceField(label=_("Whose drafts?"))
    to = forms.ChoiceField(label=_("Who goes on with them?"))

    def __init__(self, members: Sequence[Membership], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        people = [(str(member.user_id), member.user.full_name) for member in members]
        for name in ("leaver", "to"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
            field.choices = people


class AcceptanceForm(forms.Form):
    """What a new person says of themselves."""

    full_name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput({"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        help_text=_("At least 12 characters."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(_("The two passwords differ."))
        return again
