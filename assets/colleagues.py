"""The people who can work on an asset: whom it may be assigned to, whom a comment may be for."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assets.models import Asset
from permissions.actor import actor_for_user
from permissions.errors import Invalid
from permissions.models import PATH_SEPARATOR, User
from permissions.policy import INSIDER, can
from permissions.vocabulary import Action, Role


def colleagues_of(asset: Asset) -> "QuerySet[User]":
    """Active people with a role in the asset's agency or above it that lets them see its drafts, by name."""
    roles = [role for role in Role if role.includes(INSIDER)]
    ids = [part for part in asset.agency.path.split(PATH_SEPARATOR) if part]
    members = User.objects.filter(
        is_active=True,
        memberships__role__in=roles,
        memberships__agency_id__in=[UUID(hex=part) for part in ids],
        memberships__agency__is_active=True,
        memberships__suspended_at__isnull=True,
    )
    return members.distinct().order_by("full_name", "pk")


def find_colleague(asset: Asset, user_id: UUID, *, field: str) -> User:
    """The person, if they can see the work on the asset; :class:`Invalid` that tells no more than that they cannot."""
    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is None or not can(actor_for_user(person), Action.FOLLOW, asset, now=asset.database_now):
        sentence = _("Nobody of this id can see this work.")
        raise Invalid(sentence, fields={field: [sentence]})
    return person
