"""The tree of agencies: add a node."""

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.models import Agency
from permissions.policy import can_in_agency
from permissions.reasons import require
from permissions.tree import DEEPEST, hold_tree, path_below
from permissions.vocabulary import AgencyAction

CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}", re.ASCII)


@transaction.atomic
def create_agency(
    *,
    by: Actor | None,
    code: str,
    name_vi: str,
    name_en: str = "",
    name_zh: str = "",
    parent: Agency | None = None,
    default_credit_line: str = "",
    default_licence: str = "",
    review_steps: int | None = None,
) -> Agency:
    """Add an agency below ``parent``, or a root. ``by`` None is the installation itself.

    Takes an administrator of ``parent`` or above, or an operator; a root takes an operator. Raises ``NotAllowed``, or
    :class:`Invalid` with ``fields``.
    """
    hold_tree()
    if parent is not None:
        parent = Agency.objects.get(pk=parent.pk)  # where it is now, after a move
    if by is not None:
        require(can_in_agency(by, AgencyAction.MANAGE, parent.path if parent else ""))
    _check(code=code, name_vi=name_vi, parent=parent)
    agency_id = uuid7()
    agency = Agency(
        id=agency_id,
        parent=parent,
        path=path_below(parent, agency_id),
        code=code,
        name_vi=name_vi.strip(),
        name_en=name_en.strip(),
        name_zh=name_zh.strip(),
        default_credit_line=default_credit_line,
        default_licence=default_licence,
        review_steps=review_steps,
    )
    try:
        with transaction.atomic():
            agency.save(force_insert=True)
    except IntegrityError as error:
        raise _code_taken(code) from error
    above = str(parent.pk) if parent else None
    record("agency.created", by=by, target=agency.pk, agency_id=agency.pk, code=code, parent=above)
    return agency


def _check(*, code: str, name_vi: str, parent: Agency | None) -> None:
    fields: dict[str, list[str]] = {}
    if not CODE.fullmatch(code):
        fields["code"] = [_("A code has 2 to 12 capital letters and digits and begins with a letter.")]
    if not name_vi.strip():
        fields["name_vi"] = [_("Give the name in Vietnamese.")]
    if parent is not None and parent.depth >= DEEPEST:
        fields["parent"] = [_("The tree has at most %(levels)s levels.") % {"levels": DEEPEST}]
    if parent is not None and not parent.is_active:
        fields["parent"] = [_("This agency is not active any more.")]
    if fields:
        raise Invalid("The agency cannot be added as described.", fields=fields)
    if Agency.objects.filter(code=code).exists():
        raise _code_taken(code)


def _code_taken(code: str) -> Invalid:
    return Invalid(f"The code {code} is in use.", fields={"code": [_("Another agency has this code.")]})
