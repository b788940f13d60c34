"""The words the policy is written in: roles, scopes, actions, audiences, states and reasons."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person (or an agency's token) may do in an agency and everything below it; each includes those before."""

    VIEWER = "viewer", _("Viewer")
    CONTRIBUTOR = "contributor", _("Contributor")
    EDITOR = "editor", _("Editor")
    AGENCY_ADMIN = "agency_admin", _("Agency administrator")

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def includes(self, other: "Role") -> bool:
        return self.rank >= other.rank


class PlatformRole(TextChoices):
    """What a person may do across all agencies."""

    CENTRAL_EDITOR = "central_editor", _("Central editor")
    OPERATOR = "operator", _("Operator")
    AUDITOR = "auditor", _("Auditor")


class MembershipSource(TextChoices):
    """Who gave a membership: a person by hand, or a group of the identity provider."""

    MANUAL = "manual", _("By hand")
    OIDC = "oidc", _("By the identity provider")


class Av1Policy(TextChoices):
    """When an agency's videos are made in AV1 too."""

    NEVER = "never", _("Never")
    WATCHED = "watched", _("Once a video is watched")
    ALWAYS = "always", _("Always")


class Scope(TextChoices):
    """What a token may be used for; a browser session has all of them."""

    READ = "assets:read", _("Read assets")
    WRITE = "assets:write", _("Edit assets")
    PUBLISH = "assets:publish", _("Publish and withdraw")
    UPLOAD = "uploads:write", _("Upload")
    ORIGINALS = "originals:read", _("Download originals")
    MANAGE = "agencies:manage", _("Manage agencies, people and tokens")
    AUDIT = "audit:read", _("Read the record")


class Action(StrEnum):
    """What may be asked of the policy about one asset."""

    VIEW = "view"
    DOWNLOAD = "download"
    DOWNLOAD_ORIGINAL = "download_original"
    EDIT = "edit"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    SUBMIT = "submit"
    REQUEST_CHANGES = "request_changes"
    APPROVE = "approve"
    SCHEDULE = "schedule"
    CANCEL_SCHEDULE = "cancel_schedule"
    ARCHIVE = "archive"
    RESTORE = "restore"
    FOLLOW = "follow"
    """Read the comments and the history of the work on it."""
    SEE_USES = "see_uses"
    """Read who used it, where and how often."""
    REPORT = "report"
    """Say where one's agency published it."""
    COMMENT = "comment"
    ASSIGN = "assign"
    NOMINATE = "nominate"
    CONFIRM = "confirm"
    """Let a correction of somebody else take the place of what is there, or decline it."""
    DELETE = "delete"
    """Put it into the trash."""
    UNDELETE = "undelete"
    """Take it out of the trash."""
    HOLD = "hold"
    """Place a legal hold."""
    LIFT_HOLD = "lift_hold"


class Use(StrEnum):
    """What somebody wants to do with a work; ``permissions/rights.py`` answers. Part of the public API.

    The first four are about handling it here, the others about letting it go out to readers.
    """

    VIEW = "view"
    """Know that it exists and read what is said of it."""
    PREVIEW = "preview"
    """Look at it or play it here."""
    DOWNLOAD = "download"
    """Take a rendition away."""
    DOWNLOAD_ORIGINAL = "download_original"
    EMBED = "embed"
    """Frame it, delivered from here, in a page for the public."""
    REUSE = "reuse"
    """Publish it as the picture or the video of an article of one's own."""
    ALTER = "alter"
    """Crop, retouch, cut or build upon it."""
    REDISTRIBUTE = "redistribute"
    """Pass it on through feeds and syndication."""
    COMMERCIAL = "commercial"
    """Use it for commercial advantage."""


class AgencyAction(StrEnum):
    """What may be asked of the policy about one agency."""

    VIEW = "view"
    UPLOAD = "upload"
    MANAGE = "manage"
    SEE_USES = "see_uses"


class Audience(TextChoices):
    """Who may see a published asset."""

    AGENCY = "agency", _("This agency")
    SHARED = "shared", _("Named agencies")
    NETWORK = "network", _("All agencies")
    PUBLIC = "public", _("Everybody")


class AssetState(TextChoices):
    """The lifecycle of an asset; its transitions are in ``assets/states.py``."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ARCHIVED = "archived", _("Archived")


class Reason(StrEnum):
    """Why the policy refuses. Part of the public API: ``docs/errors.md`` has a sentence for each."""

    NOT_SIGNED_IN = "not_signed_in"
    NOT_VISIBLE = "not_visible"
    ROLE_TOO_LOW = "role_too_low"
    SCOPE_MISSING = "scope_missing"
    WRONG_STATE = "wrong_state"
    NOT_VERIFIED = "not_verified"
    NOT_PROCESSED = "not_processed"
    UNDER_EMBARGO = "under_embargo"
    RIGHTS_ENDED = "rights_ended"
    REVIEW_NEEDED = "review_needed"
    OWN_WORK = "own_work"
    ALREADY_APPROVED = "already_approved"
    PERSON_NEEDED = "person_needed"
    LEGAL_HOLD = "legal_hold"
    RELEASE_MISSING = "release_missing"
    RELEASE_ENDED = "release_ended"
    AUDIENCE_LIMITED = "audience_limited"
    TERRITORY_EXCLUDED = "territory_excluded"
    PRESS_USE_ONLY = "press_use_only"
    ALTERATION_FORBIDDEN = "alteration_forbidden"
    COMMERCIAL_USE_FORBIDDEN = "commercial_use_forbidden"
    REDISTRIBUTION_FORBIDDEN = "redistribution_forbidden"
