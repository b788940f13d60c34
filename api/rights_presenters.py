"""Licences, releases and verdicts as the plain values of answers."""

from django.utils.translation import get_language

from api.presenters_base import Values, agency_ref, asset_ref
from assets.access import decide, judge
from assets.models import Asset, Licence, Release
from assets.terms import credit_of, usage_sentence
from assets.usecases.downloads_admit import terms_address
from permissions.actor import Actor
from permissions.conditions import Conditions
from permissions.rights import Verdict
from permissions.vocabulary import Action, Use


def licence_out(licence: Licence) -> Values:
    return {
        "id": licence.pk,
        "code": licence.code,
        "kind": licence.kind,
        "name": licence.name_in(get_language() or "vi"),
        "names": {"vi": licence.name_vi, "en": licence.name_en, "zh": licence.name_zh},
        "url": licence.url,
        "agency": agency_ref(licence.agency) if licence.agency else None,
        "requires_attribution": licence.requires_attribution,
        "allows_alteration": licence.allows_alteration,
        "allows_commercial": licence.allows_commercial,
        "allows_redistribution": licence.allows_redistribution,
        "press_only": licence.press_only,
        "public_domain": licence.public_domain,
        "is_active": licence.is_active,
    }


def terms_of(asset: Asset) -> Values:
    """What goes with a copy of the work."""
    return {
        "licence": licence_out(asset.licence_terms) if asset.licence_terms else None,
        "credit_line": credit_of(asset),
        "sentence": usage_sentence(asset),
        "territories": asset.territories,
    }


def asks_out(asked: Conditions) -> Values:
    """What the agency of a work asks of the reader before a download."""
    terms = asked.terms
    said = terms and {
        "agency": asked.agency,
        "version": terms.version,
        "url": terms_address(asked.agency),
        "accepted": asked.accepted,
    }
    return {"terms": said, "statement": asked.statement}


def verdict_out(verdict: Verdict) -> Values:
    return {
        "allowed": bool(verdict),
        "reason": str(verdict.reason) if verdict.reason else None,
        "sentence": verdict.sentence,
        "data": dict(verdict.data),
    }


def rights_of(actor: Actor, asset: Asset, *, territory: str | None) -> Values:
    """The terms, and the verdict for every use; how long the releases hold only for those who keep the work."""
    insider = bool(decide(actor, Action.DOWNLOAD_ORIGINAL, asset))
    consent = {"required": asset.release_required, "given": asset.has_release, "ends_at": asset.consent_ends}
    uses = {str(use): verdict_out(judge(actor, use, asset, territory=territory)) for use in Use}
    return terms_of(asset) | {"consent": consent if insider else None, "uses": uses}


def release_out(release: Release) -> Values:
    return {
        "id": release.pk,
        "kind": release.kind,
        "name": release.name,
        "is_minor": release.is_minor,
        "reference": release.reference,
        "scope": release.scope,
        "valid_from": release.valid_from,
        "valid_until": release.valid_until,
        "withdrawn_at": release.withdrawn_at,
        "document": asset_ref(release.document) if release.document else None,
        "created_by": release.created_by.full_name if release.created_by else None,
        "created_at": release.created_at,
    }
