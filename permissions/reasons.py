"""A sentence for each reason of the policy: why not, and what to do."""

from django.utils.functional import Promise
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
}


def require(decision: Decision) -> None:
    """Turn a refusal into :class:`NotAllowed`, or into :class:`NotFound` where even existence is not to be known."""
    if decision.reason is Reason.NOT_VISIBLE:
        raise NotFound(str(SENTENCES[Reason.NOT_VISIBLE]))
    if decision.reason is not None:
        raise NotAllowed(str(SENTENCES[decision.reason]), code=str(decision.reason))
