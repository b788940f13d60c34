"""What requests may say: bodies and query strings, field by field."""

from typing import Any
from uuid import UUID

from rest_framework import serializers as s

from api.serializers.base import AgencyKeyField, MomentField, StrictSerializer, TidiedText
from assets.albums import MAX_ITEMS
from assets.models import ProcessingAttempt
from assets.models.rights import ReleaseKind
from assets.parity import REQUIRABLE
from assets.people import LONGEST_NAME, MOST_PEOPLE
from assets.reviews import WORK_STATES
from assets.states import CollectionKind, Kind, Language, NominationState, TextState
from assets.storage.base import MAX_OBJECT_SIZE
from assets.tables import MAX_COLUMNS, MAX_CSV, MAX_ROWS
from assets.translations import Work
from assets.usecases.assets_bulk import MOST, BulkAction
from permissions.vocabulary import Audience, Av1Policy, Role, Scope

SHA256_PATTERN = r"^[0-9a-f]{64}$"
JOB_STATES = ProcessingAttempt.State.choices
ARTICLE_KIND = [(Kind.ARTICLE.value, Kind.ARTICLE.label)]
ARTICLE_FORMATS = ["html", "text", "ninjs"]
TABLE_FORMATS = ["json", "csv"]
SAID_STATES = [choice for choice in TextState.choices if choice[0] in {TextState.MACHINE, TextState.TRANSLATED}]
PINNED: dict[str, Any] = {
    "required": False,
    "min_value": 1,
    "max_value": 2**31 - 1,
    "help_text": "The number of a version; without it the current one.",
}
UPLOAD_KINDS = [choice for choice in Kind.choices if choice[0] != Kind.ARTICLE]


class PageQuery(StrictSerializer):
    cursor = s.CharField(required=False, max_length=400)
    page_size = s.IntegerField(required=False, min_value=1, max_value=100)


class UsesQuery(StrictSerializer):
    days = s.IntegerField(required=False, min_value=1, max_value=400, default=90, help_text="The last so many days.")


class ReuseQuery(StrictSerializer):
    month = s.RegexField(
        r"^[0-9]{4}-[0-9]{2}$", required=False, help_text="`YYYY-MM`; without it the present one. Kept: 400 days."
    )


class AgencyQuery(PageQuery):
    page_size = s.IntegerField(required=False, min_value=1, max_value=500)
    search = s.CharField(required=False, max_length=200)
    parent = AgencyKeyField(required=False)  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class


class AgencyIn(StrictSerializer):
    code = s.RegexField(r"^[A-Z][A-Z0-9]{1,11}$")
    name_vi = s.CharField(max_length=200)
    name_en = s.CharField(max_length=200, required=False, allow_blank=True)
    name_zh = s.CharField(max_length=200, required=False, allow_blank=True)
    parent = AgencyKeyField(required=False)  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class


def _days(what: str) -> s.IntegerField:
    text = f"{what} after so many days; 0: never; null: as above."
    return s.IntegerField(required=False, allow_null=True, min_value=0, max_value=36_500, help_text=text)


class AgencyPatch(StrictSerializer):
    name_vi = s.CharField(max_length=200, required=False)
    name_en = s.CharField(max_length=200, required=False, allow_blank=True)
    name_zh = s.CharField(max_length=200, required=False, allow_blank=True)
    default_credit_line = s.CharField(max_length=250, required=False, allow_blank=True)
    default_licence = s.CharField(max_length=120, required=False, allow_blank=True)
    domains = s.ListField(
        child=s.CharField(max_length=300), required=False, max_length=50, help_text="Host names of the agency's sites."
    )
    embed_origins = s.ListField(
        child=s.CharField(max_length=300),
        required=False,
        max_length=50,
        help_text="Origins (`https://…`) that may frame the agency's embeds; none: as the installation says.",
    )
    api_origins = s.ListField(
        child=s.CharField(max_length=300),
        required=False,
        max_length=50,
        help_text="Origins (`https://…`) whose pages' scripts may call the API and read its answers; none: no page's.",
    )
    logo = s.CharField(
        required=False,
        allow_null=True,
        max_length=60,
        help_text="Id or reference of a published, public photo or infographic of the agency; null: none.",
    )
    quota_bytes = s.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**63 - 1)
    quota_items = s.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    quota_warn_percent = s.IntegerField(required=False, min_value=1, max_value=100)
    review_steps = s.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=2,
        help_text="Approvals before publication; null: as above. Fewer than now takes an administrator above.",
    )
    embed_credits = s.BooleanField(
        required=False,
        allow_null=True,
        help_text="Whether the renditions of pictures carry creator, credit and terms; null: as above.",
    )
    asks_terms = s.BooleanField(
        required=False,
        allow_null=True,
        help_text="Whether others accept the terms before they download works; null: as above.",
    )
    asks_statement = s.BooleanField(
        required=False,
        allow_null=True,
        help_text="Whether others say with each download what it is for; null: as above.",
    )
    av1 = s.ChoiceField(
        choices=Av1Policy.choices,
        required=False,
        allow_null=True,
        help_text="When videos are made in AV1 too; null: as above.",
    )
    retention_days = _days("Withdrawn and archived works go into the trash")
    retention_draft_days = _days("Drafts that nobody changes go into the trash")
    retention_publish_days = _days("Published works are archived")


class MoveIn(StrictSerializer):
    parent = AgencyKeyField(allow_null=True)  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class


class MergeIn(StrictSerializer):
    into = AgencyKeyField()


class MemberPatch(StrictSerializer):
    role = s.ChoiceField(choices=Role.choices, required=False)
    suspended = s.BooleanField(required=False)


class InvitationIn(StrictSerializer):
    email = s.EmailField(max_length=254)
    role = s.ChoiceField(choices=Role.choices)
    language = s.ChoiceField(choices=Language.choices, required=False, help_text="Of the letter.")


class HandoverIn(StrictSerializer):
    leaver = s.UUIDField(help_text="The person whose drafts they are.")
    to = s.UUIDField(help_text="The person who goes on with them.")


class PersonPatch(StrictSerializer):
    active = s.BooleanField(required=False, help_text="false: no session, token or sign-in of theirs counts.")
    second_factors = s.ChoiceField(
        choices=["reset"],
        required=False,
        help_text="`reset`: all go, with the recovery codes and the sessions.",
    )


class TokenIn(StrictSerializer):
    name = s.CharField(max_length=100)
    scopes = s.ListField(child=s.ChoiceField(choices=Scope.choices), min_length=1, max_length=len(Scope))
    agency = AgencyKeyField(required=False)
    role = s.ChoiceField(choices=Role.choices, required=False)
    expires_at = MomentField(required=False, allow_null=True)
    oauth_client = s.BooleanField(
        required=False,
        help_text="Of an agency: an id and a secret for `POST /oauth/token` instead of a token to send.",
    )


class FileFields(StrictSerializer):
    """What may be said of a file however it is sent."""

    kind = s.ChoiceField(choices=UPLOAD_KINDS, required=False)
    title = s.CharField(max_length=300, required=False, allow_blank=True)
    language = s.ChoiceField(choices=Language.choices, required=False)
    album = s.CharField(max_length=200, required=False, allow_blank=True)
    sha256 = s.RegexField(SHA256_PATTERN, required=False, help_text="Of the whole file, lower-case hexadecimal.")
    allow_duplicate = s.BooleanField(required=False)
    asset = s.CharField(
        max_length=60, required=False, help_text="Id or reference of the asset that gets this file as its next version."
    )
    reason = s.CharField(max_length=2000, required=False, help_text="Of a replacement; needed for what is published.")


class UploadIn(FileFields):
    agency = AgencyKeyField(required=False)
    filename = TidiedText(max_length=1000, trim_whitespace=False)
    size = s.IntegerField(min_value=1, max_value=MAX_OBJECT_SIZE)
    media_type = s.CharField(max_length=100, required=False, allow_blank=True)
    part_checksums = s.ChoiceField(choices=["sha256", "none"], required=False)


class UploadFileIn(FileFields):
    agency = AgencyKeyField(required=False)
    file = s.FileField(allow_empty_file=True)


class PartIn(StrictSerializer):
    number = s.IntegerField(min_value=1, max_value=10_000)
    sha256 = s.RegexField(SHA256_PATTERN, required=False)


class PartsIn(StrictSerializer):
    parts = s.ListField(child=PartIn(), min_length=1, max_length=100)


class ClaimedPartIn(StrictSerializer):
    number = s.IntegerField(min_value=1, max_value=10_000)
    etag = s.CharField(max_length=200)


class CompleteIn(StrictSerializer):
    parts = s.ListField(child=ClaimedPartIn(), required=False, max_length=10_000)


class CompanionIn(StrictSerializer):
    agency = AgencyKeyField()
    kind = s.ChoiceField(choices=UPLOAD_KINDS, required=False)
    language = s.ChoiceField(choices=Language.choices, required=False)
    album = s.CharField(max_length=200, required=False, allow_blank=True)


class ArticleQuery(StrictSerializer):
    format = s.ChoiceField(choices=ARTICLE_FORMATS, default="html")
    language = s.ChoiceField(
        choices=Language.choices, required=False, help_text="Else the reader's, else the original."
    )


class DescriptionQuery(StrictSerializer):
    language = s.ChoiceField(
        choices=Language.choices, required=False, help_text="Else the reader's, else the original. 404 without a text."
    )


class TextIn(StrictSerializer):
    title = s.CharField(max_length=300, required=False, allow_blank=True)
    caption = s.CharField(max_length=5000, required=False, allow_blank=True)
    alt_text = s.CharField(max_length=2000, required=False, allow_blank=True)
    body = s.CharField(max_length=500_000, required=False, allow_blank=True)
    state = s.ChoiceField(
        choices=SAID_STATES,
        required=False,
        help_text="Of a translation: `machine` until a person has read it, then `translated`.",
    )


class TextsIn(StrictSerializer):
    vi = TextIn(required=False)
    en = TextIn(required=False)
    zh = TextIn(required=False)


class AssetFieldsIn(StrictSerializer):
    """The fields that people may set."""

    texts = TextsIn(required=False)
    audience = s.ChoiceField(choices=Audience.choices, required=False)
    embargo_until = MomentField(required=False, allow_null=True)
    rights_end = MomentField(required=False, allow_null=True)
    original_language = s.ChoiceField(choices=Language.choices, required=False)
    urgency = s.IntegerField(min_value=1, max_value=8, required=False, help_text="IPTC: 1 is the most urgent.")
    credit_line = s.CharField(max_length=250, required=False, allow_blank=True)
    author = s.CharField(max_length=250, required=False, allow_blank=True)
    source = s.CharField(max_length=250, required=False, allow_blank=True)  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
    licence = s.CharField(max_length=120, required=False, allow_blank=True)
    licence_terms = s.CharField(
        max_length=300, required=False, allow_null=True, help_text="A licence by its code, URI or id."
    )
    territories = s.ListField(
        child=s.RegexField(r"^[A-Za-z]{2}$"), required=False, max_length=250, help_text="ISO 3166-1 alpha-2."
    )
    release_required = s.BooleanField(required=False)
    keywords = s.ListField(child=s.CharField(max_length=100), required=False, max_length=100)
    people = s.ListField(
        child=s.CharField(max_length=LONGEST_NAME),
        required=False,
        max_length=MOST_PEOPLE,
        help_text="The names of people that it shows.",
    )
    place = s.CharField(max_length=250, required=False, allow_blank=True)
    event_date = MomentField(required=False, allow_null=True)


class AssetPatch(AssetFieldsIn):
    reason = s.CharField(
        max_length=2000, required=False, help_text="For the history; what is published then counts as corrected."
    )
    shared_with = s.ListField(child=AgencyKeyField(), required=False, max_length=200)


class ArticleIn(AssetFieldsIn):
    agency = AgencyKeyField()
    kind = s.ChoiceField(choices=ARTICLE_KIND)
    texts = TextsIn()


class LicenceQuery(PageQuery):
    agency = AgencyKeyField(required=False)


class LicenceIn(StrictSerializer):
    agency = AgencyKeyField()
    code = s.RegexField(r"^[a-z0-9][a-z0-9.-]{0,59}$")
    name_vi = s.CharField(max_length=120)
    name_en = s.CharField(max_length=120, required=False, allow_blank=True)
    name_zh = s.CharField(max_length=120, required=False, allow_blank=True)
    url = s.URLField(max_length=300, required=False, allow_blank=True)
    requires_attribution = s.BooleanField(required=False, default=True)
    allows_alteration = s.BooleanField(required=False, default=False)
    allows_commercial = s.BooleanField(required=False, default=False)
    allows_redistribution = s.BooleanField(required=False, default=False)
    press_only = s.BooleanField(required=False, default=False)
    public_domain = s.BooleanField(required=False, default=False)


class LicencePatch(StrictSerializer):
    is_active = s.BooleanField()


class ReleaseIn(StrictSerializer):
    kind = s.ChoiceField(choices=ReleaseKind.choices)
    name = s.CharField(max_length=200, help_text="Of the person or the property; only the owner's people see it.")
    is_minor = s.BooleanField(required=False)
    reference = s.CharField(max_length=200, required=False, allow_blank=True)
    scope = s.CharField(max_length=2000, required=False, allow_blank=True)
    valid_from = MomentField(required=False, allow_null=True)
    valid_until = MomentField(required=False, allow_null=True)
    document = s.UUIDField(required=False, allow_null=True)


class WithdrawIn(StrictSerializer):
    reason = s.CharField(max_length=1000)


class ReasonIn(StrictSerializer):
    reason = s.CharField(max_length=1000)


class DeleteIn(ReasonIn):
    force = s.BooleanField(required=False, help_text="Although it is in use; an administrator of the agency.")


class TrashQuery(PageQuery):
    agency = AgencyKeyField(required=False)


class SubmitIn(StrictSerializer):
    comment = s.CharField(max_length=2000, required=False, allow_blank=True)


class RequestChangesIn(StrictSerializer):
    comment = s.CharField(max_length=2000)


class ScheduleIn(StrictSerializer):
    at = MomentField(allow_null=True, help_text="When to publish; null cancels the schedule.")


class CommentIn(StrictSerializer):
    text = s.CharField(max_length=4000)
    mention = s.UUIDField(required=False, allow_null=True, help_text="The id of a person who can see the work.")


class AssignIn(StrictSerializer):
    assignee = s.UUIDField(allow_null=True)
    due_at = MomentField(required=False, allow_null=True)


class BulkIn(StrictSerializer):
    action = s.ChoiceField(choices=[(action.value, action.value) for action in BulkAction])
    ids = s.ListField(child=s.UUIDField(), min_length=1, max_length=MOST)
    comment = s.CharField(max_length=1000, required=False, allow_blank=True, help_text="Or the reason.")
    at = MomentField(required=False, help_text="For `schedule`.")


class ReviewQuery(PageQuery):
    state = s.ChoiceField(choices=[(state.value, state.label) for state in WORK_STATES], required=False)
    agency = AgencyKeyField(required=False)
    assignee = s.CharField(required=False, max_length=40, help_text="`me`, `none`, or the id of a person.")
    urgent = s.BooleanField(required=False)
    overdue = s.BooleanField(required=False)

    def validate_assignee(self, value: str) -> "str | UUID":
        if value in {"me", "none"}:
            return value
        try:
            return UUID(value)
        except ValueError:
            raise s.ValidationError("Say me, none, or the id of a person.") from None


class NominationQuery(PageQuery):
    state = s.ChoiceField(choices=NominationState.choices, required=False)
    agency = AgencyKeyField(required=False)


class NominationIn(StrictSerializer):
    asset = s.UUIDField()
    note = s.CharField(max_length=2000, required=False, allow_blank=True)


class NationalIn(StrictSerializer):
    title = s.CharField(max_length=300, required=False, allow_blank=True)
    caption = s.CharField(max_length=5000, required=False, allow_blank=True)
    priority = s.IntegerField(min_value=1, max_value=5, required=False)


class DeclineIn(StrictSerializer):
    reason = s.CharField(max_length=2000)


class Empty(StrictSerializer):
    """No body, or an empty object."""


class DownloadQuery(StrictSerializer):
    profile = s.RegexField(r"^[a-zA-Z0-9_./-]{1,100}$", help_text="`original` or the profile of a rendition.")
    version = s.IntegerField(**PINNED)
    metadata = s.BooleanField(
        default=False,
        help_text="With title, caption, credit, copyright, terms, reference and text alternative written into a copy "
        "(JPEG, PNG, WebP, TIFF, MP4, M4A); without it the file is delivered byte for byte.",
    )


class RenditionsQuery(StrictSerializer):
    version = s.IntegerField(**PINNED)


class DiffQuery(StrictSerializer):
    to = s.IntegerField(min_value=1, max_value=2**31 - 1, help_text="The number of a revision.")

    def get_fields(self) -> dict[str, Any]:
        first = s.IntegerField(min_value=1, max_value=2**31 - 1, help_text="The number of a revision.")
        return {"from": first, **super().get_fields()}


class CorrectionReasonIn(StrictSerializer):
    reason = s.CharField(max_length=2000)


class RestoreIn(StrictSerializer):
    reason = s.CharField(max_length=2000, required=False, allow_blank=True)


class JobQuery(PageQuery):
    state = s.ChoiceField(choices=JOB_STATES, required=False)
    asset = s.UUIDField(required=False)


class TableQuery(StrictSerializer):
    format = s.ChoiceField(choices=TABLE_FORMATS, default="json")


class CellField(s.Field[Any, Any, Any, Any]):
    """A text, a number or nothing; ``assets/tables.py`` checks it."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class TableIn(StrictSerializer):
    caption = s.CharField(max_length=300, required=False, allow_blank=True)
    columns = s.ListField(child=TidiedText(max_length=500), required=False, max_length=MAX_COLUMNS)
    rows = s.ListField(
        child=s.ListField(child=CellField(allow_null=True), max_length=MAX_COLUMNS), required=False, max_length=MAX_ROWS
    )
    csv = TidiedText(max_length=MAX_CSV, required=False, trim_whitespace=False)


class FocalPointIn(StrictSerializer):
    x = s.FloatField(min_value=0, max_value=1, help_text="From the left of the upright picture.")
    y = s.FloatField(min_value=0, max_value=1, help_text="From its top.")


class TranslationQuery(PageQuery):
    language = s.ChoiceField(choices=Language.choices)
    state = s.ChoiceField(choices=Work.choices, required=False)
    agency = AgencyKeyField(required=False)


class ParityIn(StrictSerializer):
    requirements = s.DictField(
        child=s.DictField(child=s.ListField(child=s.ChoiceField(choices=REQUIRABLE), max_length=len(REQUIRABLE))),
        help_text="Audience → language → fields.",
    )


class CollectionQuery(PageQuery):
    agency = AgencyKeyField(required=False)
    kind = s.ChoiceField(choices=CollectionKind.choices, required=False)


class DescriptionsIn(StrictSerializer):
    vi = s.CharField(max_length=5000, required=False, allow_blank=True)
    en = s.CharField(max_length=5000, required=False, allow_blank=True)
    zh = s.CharField(max_length=5000, required=False, allow_blank=True)


class CollectionFieldsIn(StrictSerializer):
    kind = s.ChoiceField(choices=CollectionKind.choices, required=False)
    audience = s.ChoiceField(choices=Audience.choices, required=False)
    shared_with = s.ListField(child=AgencyKeyField(), required=False, max_length=200)
    descriptions = DescriptionsIn(required=False)
    starts_at = MomentField(required=False, allow_null=True)
    ends_at = MomentField(required=False, allow_null=True)
    place = s.CharField(max_length=250, required=False, allow_blank=True)


class CollectionIn(CollectionFieldsIn):
    agency = AgencyKeyField()
    title = s.CharField(max_length=200)


class CollectionPatch(CollectionFieldsIn):
    title = s.CharField(max_length=200, required=False)


class CollectionItemIn(StrictSerializer):
    asset = s.UUIDField()


class CollectionOrderIn(StrictSerializer):
    assets = s.ListField(
        child=s.UUIDField(), max_length=MAX_ITEMS, help_text="All that you see in it, in the new order."
    )


class CollectionMoveIn(StrictSerializer):
    position = s.IntegerField(min_value=1, max_value=100_000, help_text="From 1, among those that you see.")


def file_values(values: dict[str, Any]) -> dict[str, Any]:
    """The part of an upload's values that ``NewUpload`` takes as they are."""
    kind = values.get("kind")
    return {
        "kind": Kind(kind) if kind else None,
        "title": values.get("title", ""),
        "language": Language(values.get("language", Language.VI)),
        "album": values.get("album", ""),
        "sha256": values.get("sha256", ""),
        "allow_duplicate": values.get("allow_duplicate", False),
        "replaces": values.get("asset", ""),
        "reason": values.get("reason", ""),
    }
