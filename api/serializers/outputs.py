"""The shapes of answers. Instances are dicts made by ``api/presenters.py``; a missing key is an error, not a gap."""

from typing import Any

from rest_framework import serializers as s

from assets.diffing import Side
from assets.estimates import Standing
from assets.focal_points import Source
from assets.models import ProcessingAttempt
from assets.models.rights import LicenceKind, ReleaseKind
from assets.quota import KINDS as QUOTA_KINDS
from assets.states import (
    CollectionKind,
    CorrectionState,
    Kind,
    Language,
    NominationState,
    RevisionAct,
    TextState,
    TrackKind,
    UploadState,
    VersionState,
    WorkflowAct,
)
from assets.translations import Work
from permissions.vocabulary import AssetState, Audience, Av1Policy, PlatformRole, Role, Scope


class Output(s.Serializer[Any]):
    """Read only; the instance is a mapping."""


class AgencyRef(Output):
    id = s.UUIDField()
    code = s.CharField()
    name = s.CharField(help_text="In the language of the request.")


class AgencyNames(Output):
    vi = s.CharField()
    en = s.CharField()
    zh = s.CharField()


class AgencyOut(AgencyRef):
    names = AgencyNames()
    parent = s.UUIDField(allow_null=True)  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
    depth = s.IntegerField()


class AmountOut(Output):
    used = s.IntegerField()
    reserved = s.IntegerField(help_text="Announced by uploads under way.")
    limit = s.IntegerField(allow_null=True)
    soft_limit = s.IntegerField(allow_null=True, help_text="From here on there are warnings.")


class UsageOut(Output):
    bytes = AmountOut()
    items = AmountOut()
    warn_percent = s.IntegerField()
    warnings = s.ListField(child=s.ChoiceField(choices=QUOTA_KINDS), help_text="What has reached the soft limit.")


class AssetRef(Output):
    id = s.UUIDField()
    reference = s.CharField()
    url = s.URLField()


class AgencyAdministration(Output):
    """What only those see who administer the agency."""

    embed_origins = s.ListField(child=s.CharField())
    api_origins = s.ListField(child=s.CharField())
    logo = AssetRef(allow_null=True, help_text="What was chosen, whether it can be shown now or not.")
    quota_bytes = s.IntegerField(allow_null=True)
    quota_items = s.IntegerField(allow_null=True)
    quota_warn_percent = s.IntegerField()
    review_steps = s.IntegerField(allow_null=True, help_text="Null: as above.")
    review_steps_now = s.IntegerField(help_text="What holds here.")
    embed_credits = s.BooleanField(allow_null=True, help_text="Null: as above.")
    embed_credits_now = s.BooleanField(help_text="What holds here.")
    asks_terms = s.BooleanField(allow_null=True, help_text="Null: as above.")
    asks_terms_now = s.BooleanField(help_text="What holds here.")
    asks_statement = s.BooleanField(allow_null=True, help_text="Null: as above.")
    asks_statement_now = s.BooleanField(help_text="What holds here.")
    av1 = s.ChoiceField(choices=Av1Policy.choices, allow_null=True, help_text="Null: as above.")
    av1_now = s.ChoiceField(choices=Av1Policy.choices, help_text="What holds here.")
    retention_days = s.IntegerField(allow_null=True)
    retention_draft_days = s.IntegerField(allow_null=True)
    retention_publish_days = s.IntegerField(allow_null=True)
    usage = UsageOut()


class AgencyDetail(AgencyOut):
    active = s.BooleanField()
    merged_into = AgencyRef(allow_null=True)
    default_credit_line = s.CharField()
    default_licence = s.CharField()
    domains = s.ListField(child=s.CharField())
    logo_url = s.URLField(allow_null=True, help_text="A small public rendition; null while there is none to show.")
    administration = AgencyAdministration(allow_null=True)
    revision = s.IntegerField()


class PersonOut(Output):
    id = s.UUIDField()
    full_name = s.CharField()
    email = s.CharField()
    active = s.BooleanField()


class MemberOut(Output):
    id = s.UUIDField()
    person = PersonOut()
    role = s.ChoiceField(choices=Role.choices)
    suspended_at = s.DateTimeField(allow_null=True)
    created_at = s.DateTimeField()


class InvitationOut(Output):
    id = s.UUIDField()
    email = s.CharField()
    role = s.ChoiceField(choices=Role.choices)
    created_at = s.DateTimeField()
    expires_at = s.DateTimeField()


class HandoverOut(Output):
    handed_over = s.IntegerField(help_text="How many drafts.")


class Thumbnail(Output):
    url = s.URLField()
    width = s.IntegerField(allow_null=True)
    height = s.IntegerField(allow_null=True)


class Processing(Output):
    state = s.ChoiceField(choices=VersionState.choices)
    progress = s.IntegerField(help_text="Percent.")
    playable = s.IntegerField(help_text="How much of a film can be watched already, in percent; see `playback`.")
    stage = s.CharField(allow_blank=True)
    code = s.CharField(allow_blank=True)
    message = s.CharField(allow_blank=True)


class ProcessingDetail(Processing):
    standing = s.ChoiceField(
        choices=[each.value for each in Standing],
        allow_blank=True,
        help_text="Empty once finished; unserved: no worker takes it.",
    )
    estimated_ready_at = s.DateTimeField(
        allow_null=True, help_text="By what waits, who works and how fast work has gone; null: not known, or finished."
    )
    ahead = s.IntegerField(help_text="Files that go before it.")


class AssetSummary(Output):
    id = s.UUIDField()
    reference = s.CharField()
    kind = s.ChoiceField(choices=Kind.choices)
    state = s.ChoiceField(choices=AssetState.choices)
    audience = s.ChoiceField(choices=Audience.choices)
    agency = AgencyRef()
    title = s.CharField()
    language = s.CharField(help_text="The language of the title.")
    languages = s.ListField(child=s.CharField())
    credit_line = s.CharField()
    urgency = s.IntegerField()
    created_at = s.DateTimeField()
    published_at = s.DateTimeField(allow_null=True)
    corrected_at = s.DateTimeField(allow_null=True, help_text="When what is published was last corrected.")
    embargo_until = s.DateTimeField(allow_null=True)
    width = s.IntegerField(allow_null=True)
    height = s.IntegerField(allow_null=True)
    duration = s.FloatField(allow_null=True, help_text="Seconds.")
    placeholder = s.CharField(help_text="A blurhash, or empty.")
    processing = Processing(allow_null=True)
    thumbnail = Thumbnail(allow_null=True)
    url = s.URLField()


class Text(Output):
    title = s.CharField()
    caption = s.CharField()
    alt_text = s.CharField()
    body = s.CharField(help_text="Sanitised HTML.")
    state = s.ChoiceField(choices=TextState.choices)
    revision = s.IntegerField(help_text="Counts changes of these words.")
    source_revision = s.IntegerField(
        allow_null=True, help_text="The revision of the original that this was translated from."
    )


class RejectionOut(Output):
    code = s.CharField()
    message = s.CharField()


class VersionOut(Output):
    id = s.UUIDField()
    number = s.IntegerField()
    state = s.ChoiceField(choices=VersionState.choices)
    filename = s.CharField()
    size = s.IntegerField()
    sha256 = s.CharField()
    media_type = s.CharField()
    verified_at = s.DateTimeField(allow_null=True)
    facts = s.DictField()
    rejection = RejectionOut(allow_null=True)


class CorrectionOut(Output):
    state = s.ChoiceField(choices=CorrectionState.choices)
    restores = s.BooleanField(help_text="Whether it makes an earlier file current again.")
    reason = s.CharField(allow_blank=True)
    by = s.CharField(allow_null=True)
    created_at = s.DateTimeField()
    decided_by = s.CharField(allow_null=True)
    decided_at = s.DateTimeField(allow_null=True)
    decision = s.CharField(allow_blank=True, help_text="Why it was declined or rejected.")


class OpenCorrection(CorrectionOut):
    version = s.IntegerField(help_text="The number of the version that it would make current.")


class VersionItem(VersionOut):
    current = s.BooleanField()
    width = s.IntegerField(allow_null=True)
    height = s.IntegerField(allow_null=True)
    duration = s.FloatField(allow_null=True)
    created_at = s.DateTimeField()
    created_by = s.CharField(allow_null=True)
    corrections = CorrectionOut(many=True)


class RevisionItem(Output):
    number = s.IntegerField()
    at = s.DateTimeField()
    act = s.ChoiceField(choices=RevisionAct.choices)
    by = s.CharField(allow_null=True, help_text="A person or a token; null is the system.")
    reason = s.CharField(allow_blank=True)
    version = s.IntegerField(allow_null=True, help_text="The number of the file that was current.")
    revision = s.IntegerField(help_text="Of the asset, as in its ETag.")


class DiffSegment(Output):
    side = s.ChoiceField(choices=[(side.value, side.value) for side in Side])
    text = s.CharField()


class AnyValue(s.Field[Any, Any, Any, Any]):
    """Whatever the field holds: a text, a number, a list, null."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class DiffChange(Output):
    name = s.CharField(help_text="A field; `file.…` for the facts of the file.")
    language = s.CharField(allow_null=True, help_text="Of words.")
    before = AnyValue(allow_null=True)
    after = AnyValue(allow_null=True)
    segments = DiffSegment(many=True, help_text="Of texts: word by word, in order.")


class DiffOut(Output):
    before = RevisionItem()
    after = RevisionItem()
    changes = DiffChange(many=True)


class RenditionOut(Output):
    profile = s.CharField()
    media_type = s.CharField()
    width = s.IntegerField(allow_null=True)
    height = s.IntegerField(allow_null=True)
    size = s.IntegerField()
    bitrate = s.IntegerField(allow_null=True)
    duration = s.FloatField(allow_null=True)
    url = s.URLField()
    download_url = s.URLField(allow_null=True, help_text="Null where you may not take it away.")


class RenditionsOut(Output):
    results = RenditionOut(many=True)


class PlaybackTrack(Output):
    kind = s.ChoiceField(choices=TrackKind.choices)
    language = s.CharField(help_text="A tag of BCP 47.")
    label = s.CharField()  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
    url = s.URLField(help_text="WebVTT.")


class Playback(Output):
    hls = s.URLField()
    dash = s.URLField(allow_null=True, help_text="The same streams; null for what was processed before it was made.")
    poster = s.URLField(allow_null=True)
    sprite = s.URLField(allow_null=True, help_text="WebVTT of seek-bar pictures.")
    download = s.URLField(allow_null=True, help_text="Progressive MP4 or M4A.")
    tracks = PlaybackTrack(many=True, help_text="The published text tracks, for `track` elements.")
    growing = s.BooleanField(
        help_text="Whether `hls` is a stream that grows while the film is still processed, for those who follow the "
        "work on it. It begins with the film's first pictures; ask again until it is false, then play the whole one."
    )
    playable_seconds = s.FloatField(allow_null=True, help_text="From the beginning on.")


class Permission(Output):
    allowed = s.BooleanField()
    reason = s.CharField(allow_null=True)


class May(Output):
    edit = Permission()
    publish = Permission()
    withdraw = Permission()
    download_original = Permission()
    submit = Permission()
    request_changes = Permission()
    approve = Permission()
    schedule = Permission()
    cancel_schedule = Permission()
    archive = Permission()
    restore = Permission()
    follow = Permission()
    see_uses = Permission()
    report = Permission()
    comment = Permission()
    assign = Permission()
    nominate = Permission()
    confirm = Permission()
    delete = Permission()
    hold = Permission()
    lift_hold = Permission()


class PersonRef(Output):
    id = s.UUIDField()
    name = s.CharField()


class Workflow(Output):
    review_steps = s.IntegerField(help_text="Approvals by others that the agency asks for before publication.")
    approvals = s.IntegerField(help_text="Given to the content as it is now.")
    submitted_at = s.DateTimeField(allow_null=True)
    due_at = s.DateTimeField(allow_null=True, help_text="The due time, or the end of the urgent clock if earlier.")
    overdue = s.BooleanField()
    urgent = s.BooleanField()
    assignee = PersonRef(allow_null=True)
    scheduled_for = s.DateTimeField(allow_null=True)


class ReviewItem(AssetSummary):
    workflow = Workflow()
    may = May()
    revision = s.IntegerField()


class HistoryEntry(Output):
    id = s.UUIDField()
    at = s.DateTimeField()
    act = s.ChoiceField(choices=WorkflowAct.choices)
    by = s.CharField(allow_null=True, help_text="A person or a token; null is the clock.")
    before = s.ChoiceField(choices=AssetState.choices)
    after = s.ChoiceField(choices=AssetState.choices)
    step = s.IntegerField(help_text="The number of an approval, else 0.")
    comment = s.CharField(allow_blank=True)
    revision = s.IntegerField()


class CommentOut(Output):
    id = s.UUIDField()
    at = s.DateTimeField()
    by = s.CharField(allow_null=True)
    mention = PersonRef(allow_null=True)
    text = s.CharField()


class NominationOut(Output):
    id = s.UUIDField()
    state = s.ChoiceField(choices=NominationState.choices)
    asset = AssetRef()
    asset_title = s.CharField()
    agency = AgencyRef()
    note = s.CharField(allow_blank=True)
    nominated_by = s.CharField(allow_null=True)
    created_at = s.DateTimeField()
    decided_at = s.DateTimeField(allow_null=True)
    reason = s.CharField(allow_blank=True, help_text="Why the desk declined.")
    title = s.CharField(allow_blank=True, help_text="Of the national version; empty is the asset's own.")
    caption = s.CharField(allow_blank=True)
    priority = s.IntegerField(help_text="1 is the highest of 5.")
    revision = s.IntegerField()


class BulkResult(Output):
    id = s.UUIDField()
    done = s.BooleanField()
    state = s.ChoiceField(choices=AssetState.choices, allow_null=True)
    revision = s.IntegerField(allow_null=True)
    problem = s.DictField(allow_null=True, help_text="As the answer to a request for this asset alone.")


class BulkOut(Output):
    results = BulkResult(many=True)


class LicenceNames(Output):
    vi = s.CharField()
    en = s.CharField()
    zh = s.CharField()


class LicenceOut(Output):
    id = s.UUIDField()
    code = s.CharField()
    kind = s.ChoiceField(choices=LicenceKind.choices)
    name = s.CharField(help_text="In the language of the request.")
    names = LicenceNames()
    url = s.CharField()
    agency = AgencyRef(allow_null=True, help_text="Whose own terms they are; null for those of the platform.")
    requires_attribution = s.BooleanField()
    allows_alteration = s.BooleanField()
    allows_commercial = s.BooleanField()
    allows_redistribution = s.BooleanField()
    press_only = s.BooleanField()
    public_domain = s.BooleanField()
    is_active = s.BooleanField()


class Terms(Output):
    licence = LicenceOut(allow_null=True)
    credit_line = s.CharField(help_text="To be printed beside the work.")
    sentence = s.CharField(help_text="What its user has to know, in the language of the request.")
    territories = s.ListField(child=s.CharField(), help_text="ISO 3166-1 alpha-2; empty is everywhere.")


class VerdictOut(Output):
    allowed = s.BooleanField()
    reason = s.CharField(allow_null=True)
    sentence = s.CharField(help_text="Why not; empty when allowed.")
    data = s.DictField()  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class


class Uses(Output):
    view = VerdictOut()
    preview = VerdictOut()
    download = VerdictOut()
    download_original = VerdictOut()
    embed = VerdictOut()
    reuse = VerdictOut()
    alter = VerdictOut()
    redistribute = VerdictOut()
    commercial = VerdictOut()


class ConsentOut(Output):
    required = s.BooleanField()  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
    given = s.BooleanField()
    ends_at = s.DateTimeField(allow_null=True)


class RightsOut(Terms):
    consent = ConsentOut(allow_null=True, help_text="For those who may see the original's facts.")
    uses = Uses()


class ReleaseOut(Output):
    id = s.UUIDField()
    kind = s.ChoiceField(choices=ReleaseKind.choices)
    name = s.CharField()
    is_minor = s.BooleanField()
    reference = s.CharField()
    scope = s.CharField()
    valid_from = s.DateTimeField(allow_null=True)
    valid_until = s.DateTimeField(allow_null=True)
    withdrawn_at = s.DateTimeField(allow_null=True)
    document = AssetRef(allow_null=True)
    created_by = s.CharField(allow_null=True)
    created_at = s.DateTimeField()


class LegalHoldOut(Output):
    """While it stands the asset is neither deleted nor purged."""

    since = s.DateTimeField()
    by = s.CharField(allow_null=True)
    reason = s.CharField()
    by_platform = s.BooleanField(help_text="Only an auditor lifts it.")


class RetentionItem(Output):
    """One asset that goes at the next run."""

    asset = AssetRef()
    title = s.CharField()
    state = s.ChoiceField(choices=AssetState.choices)
    outcome = s.ChoiceField(choices=[("trash", "trash"), ("archive", "archive")])
    rule = s.CharField(help_text="The agency's field that says so.")
    days = s.IntegerField()
    policy_of = AgencyRef()


class RetentionOut(Output):
    results = RetentionItem(many=True)
    more = s.BooleanField(
        help_text="There are more than the 100 that are listed, or may be: at most 200 rules are looked at."
    )


class TrashItem(Output):
    id = s.UUIDField()
    reference = s.CharField()
    kind = s.ChoiceField(choices=Kind.choices)
    state = s.ChoiceField(choices=AssetState.choices, help_text="Which it gets back.")
    agency = AgencyRef()
    title = s.CharField()
    bytes = s.IntegerField(help_text="Of its originals, which count for the quota until the purge.")
    deleted_at = s.DateTimeField()
    deleted_by = s.CharField(allow_null=True, help_text="None: a retention policy.")
    reason = s.CharField()
    purged_after = s.DateTimeField(allow_null=True, help_text="None: a legal hold keeps it.")
    legal_hold = LegalHoldOut(allow_null=True)
    may_undelete = s.BooleanField()


class FocalPoint(Output):
    x = s.FloatField(help_text="0 to 1 from the left of the upright picture.")
    y = s.FloatField(help_text="0 to 1 from its top.")
    source = s.ChoiceField(choices=[str(each) for each in Source])  # type: ignore[assignment]  # likewise


class FocalPointOut(Output):
    focal_point = FocalPoint(allow_null=True, help_text="Null before the file is processed.")
    crops = RenditionOut(many=True)
    waiting = s.BooleanField(help_text="The crops that are listed are around another point; new ones are being made.")
    revision = s.IntegerField()


class AskedTermsOut(Output):
    agency = s.CharField(help_text="The code of the agency of the work.")
    version = s.IntegerField()
    url = s.URLField(help_text="Where they are read; POST to `/acceptance` below it accepts.")
    accepted = s.BooleanField(help_text="By you, or on behalf of your agency. Strangers are not held to it.")


class AsksOut(Output):
    terms = AskedTermsOut(allow_null=True, help_text="Null: none are asked of you.")
    statement = s.BooleanField(help_text="Whether each download takes a `Usage-Statement`.")


class AssetDetail(AssetSummary):
    processing = ProcessingDetail(allow_null=True)
    formerly = AgencyRef(allow_null=True, help_text="The agency that had it before a merger.")
    texts = s.DictField(child=Text())
    original_language = s.ChoiceField(choices=Language.choices)
    author = s.CharField()
    source = s.CharField()  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
    licence = s.CharField(help_text="As it was written.")
    licence_terms = s.CharField(allow_null=True, help_text="The code of the licence that it names; see `rights`.")
    territories = s.ListField(child=s.CharField())
    release_required = s.BooleanField()
    keywords = s.ListField(child=s.CharField())
    people = s.ListField(child=s.CharField(), help_text="The names of people that it shows.")
    place = s.CharField()
    event_date = s.DateTimeField(allow_null=True)
    rights_end = s.DateTimeField(allow_null=True)
    shared_with = AgencyRef(many=True)
    created_by = s.CharField(allow_null=True)
    duplicate_of = AssetRef(allow_null=True)
    version = VersionOut(allow_null=True)
    correction = OpenCorrection(allow_null=True, help_text="What is under way, for those who follow the work.")
    focal_point = FocalPoint(allow_null=True, help_text="Of photos: where the subject is.")
    asks = AsksOut(help_text="What the agency of the work asks of you before a download.")
    renditions = RenditionOut(many=True)
    playback = Playback(allow_null=True)
    embed_url = s.URLField(allow_null=True)
    may = May()
    workflow = Workflow(allow_null=True, help_text="For those who may follow the work on it.")
    legal_hold = LegalHoldOut(allow_null=True, help_text="For those who may follow the work on it.")
    rights = RightsOut()
    revision = s.IntegerField()


class Download(Output):
    url = s.URLField()
    expires_at = s.DateTimeField(allow_null=True)
    filename = s.CharField()
    size = s.IntegerField()
    media_type = s.CharField()
    sha256 = s.CharField(allow_null=True)
    terms = Terms()
    asks = AsksOut(help_text="What the agency of the work asks before downloads.")


class UploadWarning(Output):
    code = s.CharField(help_text="`quota_soft_limit`")
    of = s.ChoiceField(choices=QUOTA_KINDS)
    detail = s.CharField()


class UploadOut(Output):
    id = s.UUIDField()
    state = s.ChoiceField(choices=UploadState.choices)
    agency = AgencyRef()
    filename = s.CharField()
    size = s.IntegerField()
    kind = s.ChoiceField(choices=Kind.choices)
    part_size = s.IntegerField()
    part_count = s.IntegerField()
    part_checksums = s.ChoiceField(choices=["sha256", "none"])
    sha256 = s.CharField()
    expires_at = s.DateTimeField()
    asset = AssetRef(allow_null=True)
    parts_url = s.URLField()
    complete_url = s.URLField()
    quota_warnings = s.ListField(
        child=s.ChoiceField(choices=QUOTA_KINDS),
        help_text="Of which the agency has reached its soft limit. In lists always empty.",
    )
    warnings = UploadWarning(many=True, help_text="The same in words. In lists always empty.")


class SignedPartOut(Output):
    number = s.IntegerField()
    size = s.IntegerField()
    method = s.CharField()
    url = s.URLField()
    headers = s.DictField(child=s.CharField())
    expires_at = s.DateTimeField()


class SignedPartsOut(Output):
    parts = SignedPartOut(many=True)


class ArrivedPart(Output):
    number = s.IntegerField()
    size = s.IntegerField()
    etag = s.CharField()
    sha256 = s.CharField(allow_null=True)


class ArrivedParts(Output):
    parts = ArrivedPart(many=True)


class CompanionOut(Output):
    companion_endpoint = s.URLField()
    expires_at = s.DateTimeField()


class UserOut(Output):
    id = s.UUIDField()
    email = s.EmailField()
    full_name = s.CharField()


class TokenOut(Output):
    id = s.UUIDField()
    name = s.CharField()
    prefix = s.CharField()
    client_id = s.CharField(allow_null=True, help_text="Of an OAuth client; null for a token that is sent as it is.")
    scopes = s.ListField(child=s.ChoiceField(choices=Scope.choices))
    agency = AgencyRef(allow_null=True)
    role = s.CharField(allow_blank=True)
    expires_at = s.DateTimeField(allow_null=True)
    last_used_at = s.DateTimeField(allow_null=True)
    revoked_at = s.DateTimeField(allow_null=True)
    created_at = s.DateTimeField()


class IssuedTokenOut(TokenOut):
    token = s.CharField(allow_null=True, help_text="The secret. Shown once. Null for an OAuth client.")
    client_secret = s.CharField(allow_null=True, help_text="The secret of an OAuth client. Shown once.")


class MembershipOut(Output):
    agency = AgencyOut()
    role = s.ChoiceField(choices=Role.choices)


class Limits(Output):
    part_size_min = s.IntegerField()
    single_post_limit = s.IntegerField()
    max_size = s.IntegerField()


class SessionOut(Output):
    authenticated = s.BooleanField()
    user = UserOut(allow_null=True)
    token = TokenOut(allow_null=True)
    agency = AgencyRef(allow_null=True)
    platform_role = s.ChoiceField(choices=PlatformRole.choices, allow_null=True)
    memberships = MembershipOut(many=True)
    upload_agencies = AgencyRef(many=True)
    limits = Limits()


class JobOut(Output):
    id = s.UUIDField()
    asset = AssetRef()
    version = s.IntegerField()
    state = s.ChoiceField(choices=ProcessingAttempt.State.choices)
    stage = s.CharField(allow_blank=True)
    progress = s.IntegerField()
    code = s.CharField(allow_blank=True)
    message = s.CharField(allow_blank=True)
    started_at = s.DateTimeField()
    finished_at = s.DateTimeField(allow_null=True)


class Descriptions(Output):
    vi = s.CharField()
    en = s.CharField()
    zh = s.CharField()


class CollectionOut(Output):
    id = s.UUIDField()
    title = s.CharField()
    agency = AgencyRef()
    created_at = s.DateTimeField()
    kind = s.ChoiceField(choices=CollectionKind.choices)
    audience = s.ChoiceField(choices=Audience.choices)
    descriptions = Descriptions()
    starts_at = s.DateTimeField(allow_null=True)
    ends_at = s.DateTimeField(allow_null=True)
    place = s.CharField()
    shared_with = AgencyRef(many=True)


class TableOut(Output):
    caption = s.CharField()
    columns = s.ListField(child=s.CharField())
    rows = s.ListField(child=s.ListField(child=s.CharField()))
    updated_at = s.DateTimeField()


class TranslationOut(Output):
    asset = AssetSummary()
    language = s.ChoiceField(choices=Language.choices)
    state = s.ChoiceField(choices=Work.choices)
    original_language = s.ChoiceField(choices=Language.choices)
    original_revision = s.IntegerField()
    source_revision = s.IntegerField(allow_null=True)


class ParityOut(Output):
    requirements = s.DictField(
        child=s.DictField(child=s.ListField(child=s.CharField())), help_text="Audience → language → fields."
    )
    of = AgencyRef(allow_null=True)


class FacetCountOut(Output):
    value = s.CharField()
    count = s.IntegerField(help_text="Exact up to 1000 where no more than 2000 works match; else of the newest 2000.")
    more = s.BooleanField(help_text="There are, or may be, more than `count`.")


class FacetTotal(Output):
    count = s.IntegerField(help_text="Exact up to 1000 where no more than 2000 works match; else of the newest 2000.")
    more = s.BooleanField(help_text="There are, or may be, more than `count`.")


class FacetsOut(Output):
    total = FacetTotal()
    facets = s.DictField(child=FacetCountOut(many=True))


class SuggestionsOut(Output):
    suggestions = s.ListField(child=s.CharField())
