"""Several agencies in a form. They are typed by their codes: a network has thousands, too many for a list."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from permissions.models import Agency

APART = re.compile(r"[\s,;]+")


class AgenciesField(forms.CharField):
    """Codes with commas between them; its clean value is the list of those agencies."""

    def __init__(self, *, label: Any, help_text: Any) -> None:
        widget = forms.TextInput({"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"})
        super().__init__(label=label, help_text=help_text, required=False, max_length=10_000, widget=widget)
        self.named: list[Agency] = []

    def show(self, named: Iterable[Agency]) -> str:
        """Those that are named already, as the field's initial value; its help says their names."""
        self.named = sorted(named, key=lambda agency: agency.path)
        language = get_language() or "vi"
        names = "; ".join(f"{agency.code} – {agency.name_in(language)}" for agency in self.named)
        if names:
            self.help_text = f"{self.help_text} {_('Named now: %(names)s.') % {'names': names}}"
        return ", ".join(agency.code for agency in self.named)

    def clean(self, value: Any) -> list[Agency]:
        codes = list(dict.fromkeys(code for code in APART.split(super().clean(value).upper()) if code))
        usable = Q(is_active=True) | Q(merged_into__isnull=False) | Q(pk__in=[agency.pk for agency in self.named])
        found = {agency.code: agency for agency in Agency.objects.filter(usable, code__in=codes)}
        unknown = [code for code in codes if code not in found]
        if unknown:
            raise forms.ValidationError(_("No agency has this code: %(codes)s.") % {"codes": ", ".join(unknown)[:200]})
        return list(found.values())
