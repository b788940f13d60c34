"""From what people write of a licence to the licence that they mean."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from assets.models import Asset, Licence
from permissions.errors import Invalid
from permissions.models import Agency

SCHEME = re.compile(r"^https?://(www\.)?")
TAIL = re.compile(r"/(deed|legalcode)?(\.[a-z_-]{2,10})?/*$|/+$|/\?language=[a-z-]{2,7}$", re.IGNORECASE)
SEPARATORS = re.compile(r"[\s_–—-]+")
LONGEST = 400


def spoken(text: str) -> str:
    """Text by which licences are compared: ``CC BY-SA 4.0`` is ``cc_by_sa 4.0``, and a URI is all its variants."""
    plain = unicodedata.normalize("NFC", text[:LONGEST]).casefold().strip()
    if SCHEME.match(plain):
        return TAIL.sub("", SCHEME.sub("", plain)).replace("/page/", "/vocab/")
    return SEPARATORS.sub("-", plain).strip("-.")


def names_of(licence: Licence) -> Iterator[str]:
    """Everything that a licence is called."""
    yield from (
        spoken(text)
        for text in (licence.code, licence.url, licence.name_vi, licence.name_en, licence.name_zh, str(licence.pk))
        if text
    )


def find_licence(text: str, agency: Agency) -> Licence | None:
    """The licence in use that this text names by code, URI, name or id; the agency's own before the platform's."""
    wanted = spoken(text)
    if not wanted:
        return None
    rows = Licence.objects.usable_by(agency).select_related("agency")
    nearest_first = sorted(rows, key=lambda row: -len(row.agency.path) if row.agency else 0)
    return next((row for row in nearest_first if wanted in names_of(row)), None)


def with_licence(fields: Mapping[str, Any], *, agency: Agency, asset: Asset | None = None) -> dict[str, Any]:
    """The given fields with text and terms that belong together.

    ``licence_terms`` is a code, URI, name or id, or None; :class:`Invalid` when the agency can use no such licence.
    Without it, the text in ``licence`` chooses the licence that it names, or none. Chosen terms write their name where
    no text is given; terms that are taken away take with them the text that stood for them.
    """
    values = dict(fields)
    key = str(values.pop("licence_terms", None) or "")
    before = asset.licence_terms if asset is not None else None
    if key:
        found = before if before is not None and spoken(key) in names_of(before) else find_licence(key, agency)
        if found is None:
            sentence = _("This agency can use no licence “%(licence)s”.") % {"licence": key[:120]}
            raise Invalid(sentence, fields={"licence_terms": [sentence]})
        return values | {"licence_terms": found, "licence": values.get("licence") or found.name_vi}
    if "licence" in values:
        return values | {"licence_terms": find_licence(values["licence"], agency)}
    if "licence_terms" in fields:
        return values | {"licence_terms": None} | ({"licence": ""} if before is not None else {})
    return values
