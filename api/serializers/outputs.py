"""The shapes of answers. Instances are dicts made by ``api/presenters.py``; a missing key is an error, not a gap."""

from typing import Any

from rest_framework import serializers as s

from assets.models import ProcessingAttempt
from assets.states import CollectionKind, Kind, Language, TextState, UploadState, VersionState
from assets.translations import Work
from permissions.vocabulary import AssetState, Audience, PlatformRole, Role, Scope


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


class AssetRef(Output):
    id = s.UUIDField()
    reference = s.CharField()
    url = s.URLField()


class Thumbnail(Output):
    url = s.URLField()
    width = s.IntegerField(allow_null=True)
    height = s.IntegerField(allow_null=True)


class Processing(Output):
    state = s.ChoiceField(choices=VersionState.choices)
    progress = s.IntegerField(help_text="Percent.")
    stage = s.CharField(allow_blank=True)
    code = s.CharField(allow_blank=True)
    message = s.CharField(allow_blank=True)


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


class RenditionOut(Output):
    profile = s.CharField()
    media_type = s.CharField()
    width = s.IntegerField(allow_null=True)
    height = s.IntegerField(allow_null=True)
    size = s.IntegerField()
    bitrate = s.IntegerField(allow_null=True)
    duration = s.FloatField(allow_null=True)
    url = s.URLField()
    download_url = s.URLField()


class RenditionsOut(Output):
    results = RenditionOut(many=True)


class Playback(Output):
    hls = s.URLField()
    poster = s.URLField(allow_null=True)
    sprite = s.URLField(allow_null=True, help_text="WebVTT of seek-bar pictures.")
    download = s.URLField(allow_null=True, help_text="Progressive MP4 or M4A.")


class Permission(Output):
    allowed = s.BooleanField()
    reason = s.CharField(allow_null=True)


class May(Output):
    edit = Permission()
    publish = Permission()
    withdraw = Permission()
    download_original = Permission()


class AssetDetail(AssetSummary):
    texts = s.DictField(child=Text())
    original_language = s.ChoiceField(choices=Language.choices)
    author = s.CharField()
    source = s.CharField()  # type: ignore[assignment]  # DRF's metaclass takes fields out of the class
    licence = s.CharField()
    keywords = s.ListField(child=s.CharField())
    place = s.CharField()
    event_date = s.DateTimeField(allow_null=True)
    rights_end = s.DateTimeField(allow_null=True)
    shared_with = AgencyRef(many=True)
    created_by = s.CharField(allow_null=True)
    duplicate_of = AssetRef(allow_null=True)
    version = VersionOut(allow_null=True)
    renditions = RenditionOut(many=True)
    playback = Playback(allow_null=True)
    embed_url = s.URLField()
    may = May()
    revision = s.IntegerField()


class Download(Output):
    url = s.URLField()
    expires_at = s.DateTimeField(allow_null=True)
    filename = s.CharField()
    size = s.IntegerField()
    media_type = s.CharField()
    sha256 = s.CharField(allow_null=True)


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
    scopes = s.ListField(child=s.ChoiceField(choices=Scope.choices))
    agency = AgencyRef(allow_null=True)
    role = s.CharField(allow_blank=True)
    expires_at = s.DateTimeField(allow_null=True)
    last_used_at = s.DateTimeField(allow_null=True)
    revoked_at = s.DateTimeField(allow_null=True)
    created_at = s.DateTimeField()


class IssuedTokenOut(TokenOut):
    token = s.CharField(help_text="The secret. Shown once.")


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
