"""The record: who did what, when, from where; newest first."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from mediacenter.web.agency_filter import AgencyFilterForm
from mediacenter.web.forms_rights import MOMENT, MomentField
from mediacenter.web.presentation.agencies import agencies_with_record
from mediacenter.web.views.pages import page
from permissions.actor import Actor
from permissions.audit_export import instant
from permissions.audit_models import AuditEventQuerySet
from permissions.audit_policy import may_read_record
from permissions.audit_search import EventFilters, with_names
from permissions.models import Agency, AuditEvent
from permissions.reasons import require

PAGE_SIZE = 50
OF_ASSETS = ("asset.", "original.")


class Moment(forms.DateTimeInput):
    """The browser's own picker of day and time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=MOMENT)


class RecordFilters(AgencyFilterForm):
    """What the address of the page may ask for. Anything unusable is left out, so that an old link still opens."""

    act = forms.RegexField(r"^[a-z_]+(\.[a-z_]*)*\*?\Z", label=_("Act"), max_length=60, required=False)
    since = MomentField(label=_("From"), widget=Moment, required=False)
    until = MomentField(label=_("Until"), widget=Moment, required=False)
    target = forms.UUIDField(required=False, widget=forms.HiddenInput)
    user = forms.UUIDField(required=False, widget=forms.HiddenInput)
    older_than = forms.UUIDField(required=False, widget=forms.HiddenInput)
    newer_than = forms.UUIDField(required=False, widget=forms.HiddenInput)

    SHOWN: ClassVar[tuple[str, ...]] = ("act", "agency", "since", "until", "target", "user")

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: value for name in self.SHOWN if (value := self.cleaned_data.get(name))}

    @property
    def address(self) -> dict[str, str]:
        """The filters in use, for links to this page."""
        as_text = {name: _as_text(value) for name, value in self.chosen.items()}
        moments = {n: f"{v:%Y-%m-%dT%H:%M}" for n, v in self.chosen.items() if isinstance(v, datetime)}
        return as_text | moments

    @property
    def for_export(self) -> dict[str, str]:
        """The same for the API."""
        chosen = self.chosen
        names = {"since": "from", "until": "to"}
        said = {
            names.get(name, name): instant(value) if isinstance(value, datetime) else _as_text(value)
            for name, value in chosen.items()
        }
        if said.get("act", "").endswith("*"):
            said["act_prefix"] = said.pop("act")[:-1]
        return said

    @property
    def filters(self) -> EventFilters:
        chosen = self.chosen
        act: str = chosen.get("act", "")
        return EventFilters(
            act=act if act and not act.endswith("*") else None,
            act_prefix=act[:-1] if act.endswith("*") else None,
            target=chosen.get("target"),
            agency=chosen.get("agency"),
            user=chosen.get("user"),
            since=chosen.get("since"),
            until=chosen.get("until"),
        )


def _as_text(value: object) -> str:
    return value.code if isinstance(value, Agency) else str(value)


@dataclass(frozen=True, kw_only=True)
class Line:
    """An event as the page shows it."""

    event: AuditEvent
    who: str
    who_id: UUID | None
    agency: str
    asset: UUID | None
    data: str


@require_safe
@page
def audit(request: HttpRequest, actor: Actor) -> HttpResponse:
    require(may_read_record(actor))
    filters = RecordFilters(actor, agencies_with_record(actor), request.GET)
    events = with_names(AuditEvent.objects.visible_to(actor).filter(filters.filters.condition))
    rows, has_newer, has_older = _one_page(events, filters.cleaned_data)
    exports = {form: urlencode({"format": form, **filters.for_export}) for form in ("csv", "jsonl")}
    context = {
        "filters": filters,
        "filtered": bool(filters.chosen),
        "lines": [_line(event) for event in rows],
        "newer": urlencode({**filters.address, "newer_than": rows[0].pk}) if has_newer and rows else "",
        "older": urlencode({**filters.address, "older_than": rows[-1].pk}) if has_older and rows else "",
        "exports": {form: f"{reverse('api:audit-export')}?{query}" for form, query in exports.items()},
    }
    return render(request, "web/audit.html", context)


def _one_page(events: AuditEventQuerySet, asked: dict[str, Any]) -> tuple[list[AuditEvent], bool, bool]:
    """The events of the page, and whether there are newer and older ones."""
    newer, older = asked.get("newer_than"), asked.get("older_than")
    if newer is not None:
        rows = list(events.filter(pk__gt=newer).order_by("pk")[: PAGE_SIZE + 1])
        return rows[:PAGE_SIZE][::-1], len(rows) > PAGE_SIZE, True
    if older is not None:
        events = events.filter(pk__lt=older)
    rows = list(events.order_by("-pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], older is not None, len(rows) > PAGE_SIZE


def _line(event: AuditEvent) -> Line:
    language = get_language() or "vi"
    person = event.user or event.answerable
    return Line(
        event=event,
        who=person.full_name if person else "",
        who_id=person.pk if person else None,
        agency=event.agency.name_in(language) if event.agency else "",
        asset=event.target if event.act.startswith(OF_ASSETS) else None,
        data=json.dumps(event.data, ensure_ascii=False, indent=1, sort_keys=True) if event.data else "",
    )
