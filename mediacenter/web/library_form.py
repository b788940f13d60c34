"""What the address of the library may ask for, and the search that it is."""

from typing import ClassVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from assets.people import LONGEST_NAME
from assets.search.cursors import read
from assets.search.query import LONGEST_QUERY, Order, Orientation, SearchQuery
from assets.states import Colour, Kind, Language
from mediacenter.web.agency_filter import AgencyFilterForm
from permissions.errors import Invalid
from permissions.vocabulary import AssetState

SEARCHED = frozenset({Order.TAKEN, Order.BEST})


class LibraryFilters(AgencyFilterForm):
    """Anything unusable is left out, so that an old link still opens; but words that are no query are said to be."""

    search = forms.CharField(label=_("Search"), max_length=LONGEST_QUERY, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All kinds")), *Kind.choices], required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All states")), *AssetState.choices], required=False)
    order = forms.ChoiceField(label=_("Order"), choices=[("", _("As it fits")), *Order.choices], required=False)
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("All languages")), *Language.choices], required=False
    )
    orientation = forms.ChoiceField(
        label=_("Orientation"), choices=[("", _("Any orientation")), *Orientation.choices], required=False
    )
    colour = forms.ChoiceField(
        label=_("Colour"), choices=[("", _("Any colour")), *Colour.choices], required=False, widget=forms.RadioSelect
    )
    place = forms.CharField(label=_("Place"), max_length=LONGEST_QUERY, required=False)
    people = forms.CharField(label=_("Person shown"), max_length=LONGEST_NAME, required=False)
    captioned = forms.BooleanField(label=_("With captions only"), required=False)
    older_than = forms.UUIDField(required=False, widget=forms.HiddenInput)
    newer_than = forms.UUIDField(required=False, widget=forms.HiddenInput)
    after = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput)

    MORE: ClassVar[tuple[str, ...]] = ("order", "language", "orientation", "place", "people", "captioned")
    SHOWN: ClassVar[tuple[str, ...]] = ("search", "kind", "agency", "state", *MORE, "colour")

    def clean_after(self) -> str:
        said: str = self.cleaned_data["after"]
        if said:
            try:
                read(said)
            except Invalid:
                raise forms.ValidationError(_("This link is not one of ours.")) from None
        return said

    @property
    def chosen(self) -> dict[str, str]:
        """The filters in use, for the links to the next page."""
        agency = self.cleaned_data.get("agency")
        captioned = "on" if self.cleaned_data.get("captioned") else ""
        said = self.cleaned_data | {"agency": agency.code if agency else "", "captioned": captioned}
        return {name: value for name in self.SHOWN if (value := said.get(name))}

    @property
    def more_chosen(self) -> bool:
        """Whether one of the filters is in use that are folded away."""
        return bool({*self.MORE, "colour"} & set(self.chosen))

    @property
    def folded(self) -> list[forms.BoundField]:
        """The fields that are folded away."""
        return [self[name] for name in self.MORE]

    def cursor(self, name: str) -> UUID | None:
        value = self.cleaned_data.get(name)
        return value if isinstance(value, UUID) else None

    @property
    def after_page(self) -> str | None:
        return self.cleaned_data.get("after") or None

    @property
    def query(self) -> SearchQuery:
        chosen = self.chosen
        words = chosen.get("search", "")
        return SearchQuery(
            words=words,
            agency=self.cleaned_data.get("agency"),
            kind=chosen.get("kind"),
            state=chosen.get("state"),
            language=chosen.get("language"),
            orientation=chosen.get("orientation"),
            colour=chosen.get("colour"),
            place=chosen.get("place", ""),
            people=chosen.get("people", ""),
            has_captions=True if chosen.get("captioned") else None,
            order=chosen.get("order") or (Order.RELEVANCE if words else Order.NEWEST),
        )

    @property
    def is_search(self) -> bool:
        """Whether the search answers; the list of the newest can also be gone through backwards."""
        query = self.query
        return bool(query.words or query.place or query.colour or query.people) or query.order in SEARCHED
