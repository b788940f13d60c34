"""Settings of an agency: names, hosts, defaults, review, quota, retention."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from permissions.actor import Actor
from permissions.audit import record
from permissions.conditions import terms_above
from permissions.errors import Invalid, NotFound
from permissions.inherited import review_steps_of
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import hold_tree, lock_agencies, parent_path, require_revision
from permissions.vocabulary import AgencyAction, Av1Policy

MOST_HOSTS: Final = 50
LARGEST: Final = 2**63 - 1
LONGEST_RETENTION: Final = 36_500
HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)
TEXTS: Final = {"name_vi": 200, "name_en": 200, "name_zh": 200, "default_credit_line": 250, "default_licence": 120}
QUOTA: Final = frozenset({"quota_bytes", "quota_items"})
"""Set from above: an agency does not raise its own limit."""
RETENTION: Final = frozenset({"retention_days", "retention_draft_days", "retention_publish_days"})
REVIEW: Final = "review_steps"
MOST_REVIEW_STEPS: Final = 2
CREDITS: Final = "embed_credits"
AV1: Final = "av1"
ASKS: Final = frozenset({"asks_terms", "asks_statement"})
EDITABLE: Final = frozenset(
    {
        *TEXTS,
        *QUOTA,
        *RETENTION,
        *ASKS,
        REVIEW,
        CREDITS,
        AV1,
        "quota_warn_percent",
        "domains",
        "embed_origins",
        "api_origins",
    }
)


@transaction.atomic
def edit_agency(*, agency_id: UUID, by: Actor, fields: Mapping[str, Any], revision: int | None = None) -> Agency:
    """Set the given fields; one revision more. What already is so writes nothing.

    Takes an administrator of the agency or above, or an operator; a quota takes an administrator of an agency above,
    or an operator, and so does asking for fewer reviews than the agency has now: it does not switch off its own four
    eyes. Raises ``NotAllowed``, ``RevisionChanged``, or :class:`Invalid` with ``fields``.
    """
    hold_tree()
    agency = lock_agencies([agency_id]).get(agency_id)
    if agency is None or not agency.is_active:
        raise NotFound("There is no such agency.")
    require(can_in_agency(by, AgencyAction.MANAGE, agency.path))
    require_revision(agency, revision)
    clean = checked_fields(fields)
    changed = {name: [getattr(agency, name), value] for name, value in clean.items() if getattr(agency, name) != value}
    if QUOTA & set(changed) or (REVIEW in changed and _loosens(agency, clean[REVIEW])):
        require(can_in_agency(by, AgencyAction.MANAGE, parent_path(agency.path)))
    if clean.get("asks_terms") and "asks_terms" in changed and terms_above(agency.path) is None:
        sentence = _("Write the terms first.")
        raise Invalid(sentence, fields={"asks_terms": [sentence]})
    if not changed:
        return agency
    for name in changed:
        setattr(agency, name, clean[name])
    agency.revision += 1
    agency.save(update_fields=[*changed, "revision"])
    record("agency.edited", by=by, target=agency.pk, agency_id=agency.pk, changed=changed)
    return agency


def _loosens(agency: Agency, steps: int | None) -> bool:
    """Whether ``steps`` (None: as above) lets work go out with fewer reviews than now."""
    then = review_steps_of(parent_path(agency.path)) if steps is None else steps
    return then < review_steps_of(agency.path)


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored, or :class:`Invalid` that names each field that cannot be used."""
    unknown = set(fields) - EDITABLE
    if unknown:
        raise Invalid("Unknown fields.", code="unknown_field", fields={name: ["Unknown field."] for name in unknown})
    clean: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in fields.items():
        try:
            clean[name] = _checked(name, value)
        except ValueError as error:
            errors[name] = [str(error)]
    if errors:
        raise Invalid(_("The agency cannot be changed as described."), fields=errors)
    return clean


def _checked(name: str, value: Any) -> Any:
    if name in TEXTS:
        text = str(value).strip()
        if len(text) > TEXTS[name]:
            raise ValueError(_("At most %(number)s characters.") % {"number": TEXTS[name]})
        if name == "name_vi" and not text:
            raise ValueError(_("Give the name in Vietnamese."))
        return text
    if name == "domains":
        return _hosts(value, clean_domain)
    if name in {"embed_origins", "api_origins"}:
        return _hosts(value, clean_origin)
    if name == CREDITS or name in ASKS:
        return None if value is None else bool(value)
    if name == AV1:
        return _av1(value)
    return _number(name, value)


def _av1(value: str | None) -> str | None:
    if value is not None and value not in Av1Policy.values:
        raise ValueError(_("Give one of: %(choices)s.") % {"choices": ", ".join(Av1Policy.values)})
    return value


MOST: Final = {
    "quota_bytes": LARGEST,
    "quota_items": 2**31 - 1,
    "quota_warn_percent": 100,
    REVIEW: MOST_REVIEW_STEPS,
}


def _number(name: str, value: int | None) -> int | None:
    if value is None and name != "quota_warn_percent":
        return None
    least = 1 if name == "quota_warn_percent" else 0
    most = MOST.get(name, LONGEST_RETENTION)
    if value is None or not least <= value <= most:
        raise ValueError(_("Give a whole number from %(least)s to %(most)s.") % {"least": least, "most": most})
    return value


def _hosts(values: list[str], clean: Callable[[str], str]) -> list[str]:
    if len(values) > MOST_HOSTS:
        raise ValueError(_("At most %(number)s entries.") % {"number": MOST_HOSTS})
    return sorted({clean(value) for value in values})


def clean_domain(text: str) -> str:
    """A host name in lower case, international ones in their ASCII form; ``ValueError`` with a sentence."""
    try:
        host = text.strip().rstrip(".").lower().encode("idna").decode()
    except UnicodeError:
        host = ""
    if not HOST.fullmatch(host):
        raise ValueError(_("“%(text)s” is no host name such as moh.gov.vn.") % {"text": text[:100]})
    return host


def clean_origin(text: str) -> str:
    """``https://host`` or ``https://host:port``, in lower case; ``ValueError`` with a sentence."""
    refusal = _("“%(text)s” is no origin such as https://moh.gov.vn.") % {"text": text[:100]}
    try:
        parts = urlsplit(text.strip())
        port = parts.port
        host = clean_domain(parts.hostname or "")
    except ValueError:
        raise ValueError(refusal) from None
    rest = parts.path.rstrip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme != "https" or rest or port == 0:
        raise ValueError(refusal)
    return f"https://{host}" if port in {None, 443} else f"https://{host}:{port}"
