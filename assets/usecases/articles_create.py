from collections.abc import Mapping
from typing import Any

from django.db import transaction
from uuid_utils.compat import uuid7

from assets.history import keep_revision
from assets.models import Asset
from assets.quota import hold_room
from assets.references import next_reference
from assets.search import refresh_search_text
from assets.states import Kind, Language, RevisionAct
from assets.texts import Texts, write_texts
from assets.transitions import maker_ids
from assets.usecases.assets_edit import EDITABLE, with_rights
from permissions.actor import Actor
from permissions.audit import record
from permissions.errors import Invalid
from permissions.models import Agency
from permissions.policy import Decision, can_in_agency
from permissions.reasons import require
from permissions.vocabulary import AgencyAction, Audience, Reason, Scope


@transaction.atomic
def create_article(*, by: Actor, agency: Agency, texts: Texts, fields: Mapping[str, Any]) -> Asset:
    """A draft article: an asset that has texts and no file. Needs a title in its original language.

    Raises ``NotAllowed``, ``Invalid``, or ``QuotaExceeded``.
    """
    require(can_in_agency(by, AgencyAction.UPLOAD, agency.path))
    if not by.has_scope(Scope.READ):  # who cannot see what it made could not go on with it
        require(Decision(Reason.SCOPE_MISSING))
    language = Language(fields.get("original_language", Language.VI))
    if not texts.get(language, {}).get("title", "").strip():
        raise Invalid("An article needs a title.", fields={"texts": [f"Give a title in {language.value}."]})
    if fields.get("audience") == Audience.SHARED:
        raise Invalid("Share the article after it is created.", fields={"audience": ["Choose another at first."]})
    agency = hold_room(agency.pk, size=0)
    known = {name: value for name, value in fields.items() if name in EDITABLE}
    defaults = {"credit_line": agency.default_credit_line, "licence": agency.default_licence}
    if "licence_terms" in known:  # the usual licence's name does not stand beside other terms
        del defaults["licence"]
    asset = Asset.objects.create(
        id=uuid7(),
        reference=next_reference(agency=agency, kind=Kind.ARTICLE),
        agency=agency,
        kind=Kind.ARTICLE,
        created_by_id=by.user_id,
        makers=maker_ids(by),
        **with_rights(defaults | known, agency=agency),
    )
    write_texts(asset, texts, by=by)
    refresh_search_text(asset)
    keep_revision(asset, RevisionAct.CREATED, by=by)
    record("asset.created", by=by, target=asset.pk, agency_id=agency.pk, kind=Kind.ARTICLE)
    return asset
