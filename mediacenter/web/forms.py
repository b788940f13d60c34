"""The form for what is said of an asset. It only parses: rights and rules are the use case's."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from assets.people import LONGEST_NAME, MOST_PEOPLE
from assets.states import Kind, Language
from mediacenter.web.agencies_field import AgenciesField
from mediacenter.web.forms_rights import licence_choices, moment
from mediacenter.web.presentation.texts import HTML_LANGUAGE
from permissions.vocabulary import AssetState, Audience

TEXT_LABELS = {
    "title": _("Title"),
    "caption": _("Caption"),
    "alt_text": _("Text alternative (for people who cannot see it)"),
    "body": _("Text"),
}
TEXTS_OF: dict[str, tuple[str, ...]] = {
    Kind.ARTICLE: ("title", "caption", "body"),
    Kind.INFOGRAPHIC: ("title", "caption", "alt_text", "body"),
}
LABELS_OF: dict[tuple[str, str], Any] = {
    (Kind.ARTICLE, "caption"): _("Lead"),
    (Kind.INFOGRAPHIC, "body"): _("Long text alternative (says everything that the graphic shows)"),
}
PLAIN_FIELDS = ("audience", "credit_line", "author", "source", "place", "urgency", "original_language")
TIME_FIELDS = ("event_date", "embargo_until", "rights_end")
LICENCE_FIELDS = ("licence_terms", "licence")


def _line(label: Any, length: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=False, help_text=help_text)


class AssetForm(forms.Form):
    """``revision`` is the one that the form was made from: what somebody else changed since is not overwritten."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    original_language = forms.ChoiceField(label=_("Original language"), choices=Language.choices)
    credit_line = _line(_("Credit line"), 250, _("As it must be printed beside the work."))
    author = _line(_("Author"), 250)
    source = _line(_("Source"), 250)
    licence_terms = forms.ChoiceField(label=_("Licence"), required=False)
    licence = _line(_("Licence in other words"), 120, _("If none of the list fits."))
    keywords = _line(_("Keywords"), 2000, _("Separated by commas."))
    people = forms.CharField(
        label=_("People shown"),
        help_text=_("One name on each line."),
        max_length=(LONGEST_NAME + 2) * MOST_PEOPLE,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    place = _line(_("Place"), 250)
    event_date = moment(_("Date of the event"))
    urgency = forms.IntegerField(
        label=_("Urgency"), min_value=1, max_value=8, help_text=_("1 is the most urgent, 8 the least.")
    )
    audience = forms.ChoiceField(label=_("Who may see it once published?"), choices=Audience.choices)
    shared_with = AgenciesField(
        label=_("Named agencies"), help_text=_("For the audience “Named agencies”: their codes, with commas.")
    )
    embargo_until = moment(_("Embargo until"), _("Nobody outside the agency sees it before."))
    rights_end = moment(_("Rights end"), _("Nobody outside the agency sees it afterwards."))
    territories = _line(
        _("Territories"),
        1000,
        _("Codes of countries (VN, LA) where it may be used, with commas. Empty: everywhere."),
    )
    release_required = forms.BooleanField(
        label=_("It needs a release: without a valid one it does not leave the agency"), required=False
    )

    def __init__(self, asset: Asset, data: Mapping[str, Any] | None = None) -> None:
        self.text_names = text_names(asset)
        super().__init__(data, initial=_initial(asset))
        named = self.fields["shared_with"]
        assert isinstance(named, AgenciesField)  # noqa: S101  for the type checker
        self.initial["shared_with"] = named.show(share.agency for share in asset.shares.all())
        if asset.state == AssetState.PUBLISHED and asset.review_steps > 0:
            self.fields["audience"].help_text = _(
                "It was reviewed for this audience: only a narrower one is possible now."
            )
        self.fields["licence_terms"].choices = licence_choices(asset)  # type: ignore[attr-defined]
        for language in Language:
            for name in self.text_names:
                self.fields[f"{name}_{language}"] = text_field(name, language, asset)
        offer_reason(self, asset)

    @property
    def text_groups(self) -> list[dict[str, Any]]:
        """The fields of the texts by language, for the template."""
        return [
            {
                "language": str(language),
                "label": language.label,
                "fields": [self[f"{name}_{language}"] for name in self.text_names],
            }
            for language in Language
        ]

    @property
    def description_fields(self) -> list[forms.BoundField]:
        names = ("credit_line", "author", "source", "keywords", "people", "place", "event_date", "original_language")
        return [self[name] for name in names]

    @property
    def rights_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("licence_terms", "licence", "territories", "release_required")]

    def clean_territories(self) -> list[str]:
        return [code.strip() for code in self.cleaned_data["territories"].split(",") if code.strip()]

    @property
    def audience_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("audience", "shared_with", "embargo_until", "rights_end", "urgency")]

    def clean_keywords(self) -> list[str]:
        words = [word.strip() for word in self.cleaned_data["keywords"].split(",")]
        if any(len(word) > 100 for word in words):
            raise forms.ValidationError(_("A keyword has at most 100 characters."))
        return list(dict.fromkeys(word for word in words if word))

    def clean_people(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["people"].splitlines() if name.strip()]

    @property
    def changes(self) -> dict[str, Any]:
        """Fields by the use case's names. Of the licence's two only what was changed: the other follows from it."""
        always = (*PLAIN_FIELDS, *TIME_FIELDS, "keywords", "people", "territories", "release_required")
        licence = [name for name in LICENCE_FIELDS if self.cleaned_data[name] != self.initial[name]]
        return {name: self.cleaned_data[name] for name in (*always, *licence)}

    @property
    def texts(self) -> dict[Language, dict[str, str]]:
        """Texts by language; languages in which nothing is said are left out unless something was said before."""
        found = {}
        for language in Language:
            values = {name: self.cleaned_data[f"{name}_{language}"] for name in self.text_names}
            if any(values.values()) or any(self.initial.get(f"{name}_{language}") for name in self.text_names):
                found[language] = values
        return found


def offer_reason(form: forms.Form, asset: Asset) -> None:
    """What is published can be corrected for a reason, so that its readers are told."""
    if asset.state != AssetState.PUBLISHED:
        return
    form.fields["reason"] = forms.CharField(
        label=_("Why is it corrected?"),
        help_text=_("With a reason, readers are told that this was corrected. Leave it empty for small things."),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )


def text_names(asset: Asset) -> tuple[str, ...]:
    """What is said of an asset of this kind in each language."""
    return TEXTS_OF.get(asset.kind, ("title", "caption", "alt_text"))


def text_field(name: str, language: Language, asset: Asset) -> forms.CharField:
    length = {"title": 300, "caption": 5000, "alt_text": 2000, "body": 500_000}[name]
    attrs = {"lang": HTML_LANGUAGE[language]}
    widget = (
        forms.TextInput(attrs) if name == "title" else forms.Textarea({**attrs, "rows": 12 if name == "body" else 3})
    )
    return forms.CharField(
        label=LABELS_OF.get((asset.kind, name), TEXT_LABELS[name]), max_length=length, required=False, widget=widget
    )


def _initial(asset: Asset) -> dict[str, Any]:
    plain = {name: getattr(asset, name) for name in (*PLAIN_FIELDS, *TIME_FIELDS)}
    texts = {f"{name}_{row.language}": getattr(row, name) for row in asset.texts.all() for name in TEXT_LABELS}
    return {
        **plain,
        **texts,
        "revision": asset.revision,
        "keywords": ", ".join(asset.keywords),
        "people": "\n".join(asset.people),
        "licence": asset.licence,
        "licence_terms": str(asset.licence_terms_id or ""),
        "territories": ", ".join(asset.territories),
        "release_required": asset.release_required,
    }
