"""A sentence for each reason of the policy: why not, and what to do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from permissions.errors import NotAllowed, NotFound
from permissions.policy import Decision
from permissions.vocabulary import Reason

SENTENCES: dict[Reason, Promise] = {
    Reason.NOT_SIGNED_IN: _("Sign in, or send a token, to do this."),
    Reason.NOT_VISIBLE: _("There is nothing here, or you may not see it."),
    Reason.ROLE_TOO_LOW: _("Your role in this agency does not allow this. Ask an administrator of the agency."),
    Reason.SCOPE_MISSING: _("This token was not given the right for this. Make one with the scope that is needed."),
    Reason.WRONG_STATE: _("This cannot be done in the asset's present state."),
    Reason.NOT_VERIFIED: _("The file is still being checked. Try again when the check is done."),
    Reason.NOT_PROCESSED: _("The file is not ready: it is still being processed, or was rejected."),
    Reason.UNDER_EMBARGO: _("This is under embargo."),
    Reason.RIGHTS_ENDED: _("The right to use this has ended."),
    Reason.REVIEW_NEEDED: _("This agency publishes only what was reviewed. Submit it for review."),
    Reason.OWN_WORK: _("You made or changed this yourself. Somebody else has to approve it."),
    Reason.ALREADY_APPROVED: _("You have approved this already. The next step is for somebody else."),
    Reason.PERSON_NEEDED: _("A person has to decide this; a token of an agency cannot."),
    Reason.LEGAL_HOLD: _("This is under a legal hold: it must be kept until the hold is lifted."),
    Reason.RELEASE_MISSING: _("The people or the property shown have not released this yet. Attach the release first."),
    Reason.RELEASE_ENDED: _("A release or consent for this has ended or was withdrawn. It must not be used any more."),
    Reason.AUDIENCE_LIMITED: _("This is not meant for everybody, so it cannot be put into a page for the public."),
    Reason.TERRITORY_EXCLUDED: _("This may not be used where you are."),
    Reason.PRESS_USE_ONLY: _("The licence allows press use only, by members of the network."),
    Reason.ALTERATION_FORBIDDEN: _("The licence does not allow this to be altered, cropped or built upon."),
    Reason.COMMERCIAL_USE_FORBIDDEN: _("The licence does not allow commercial use."),
    Reason.REDISTRIBUTION_FORBIDDEN: _("The licence does not allow this to be published elsewhere or passed on."),
}


def sentence_of(reason: Reason, data: Mapping[str, Any]) -> str:
    """The sentence in the reader's language, with the moment or the place where ``data`` of a verdict names one."""
    if reason is Reason.UNDER_EMBARGO and data.get("embargo_until"):
        return gettext("This is under embargo until %(moment)s.") % {"moment": _moment(data["embargo_until"])}
    if reason is Reason.RIGHTS_ENDED and data.get("rights_end"):
        return gettext("The right to use this ended on %(moment)s.") % {"moment": _moment(data["rights_end"])}
    if reason is Reason.TERRITORY_EXCLUDED and data.get("territories"):
        said = {"where": ", ".join(data["territories"])}
        return gettext("This may not be used where you are, only in: %(where)s.") % said
    return str(SENTENCES[reason])


def _moment(iso: str) -> str:
    return date_format(localtime(datetime.fromisoformat(iso)), "SHORT_DATETIME_FORMAT")


def require(decision: Decision) -> None:
    """Turn a refusal into :class:`NotAllowed`, or into :class:`NotFound` where even existence is not to be known."""
    if decision.reason is Reason.NOT_VISIBLE:
        raise NotFound(str(SENTENCES[Reason.NOT_VISIBLE]))
    if decision.reason is not None:
        raise NotAllowed(str(SENTENCES[decision.reason]), code=str(decision.reason))
