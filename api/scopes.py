"""What each operation needs of a token's scopes, by its name in the API's document, which says it from here.

The policy enforces it (``permissions/policy.py``), not this table: ``tests/matrix/test_scopes.py`` compares the two for
every operation. The scopes are sufficient for everybody whose role allows the act, and each is necessary.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from permissions.vocabulary import Scope

Needs = tuple[tuple[Scope, ...], ...]
"""Alternatives, each of all its scopes together; one that is empty takes a token without any."""

READ, WRITE, PUBLISH = Scope.READ, Scope.WRITE, Scope.PUBLISH
UPLOAD, ORIGINALS, MANAGE, AUDIT = Scope.UPLOAD, Scope.ORIGINALS, Scope.MANAGE, Scope.AUDIT

_OPERATIONS: Final[tuple[tuple[tuple[Scope, ...], str], ...]] = (
    ((), "session saved_feeds_atom saved_feeds_mrss uploads_list uploads_get uploads_abort uploads_parts_list"),
    (
        (READ,),
        """
        assets_list assets_get assets_read assets_facets assets_suggestions assets_bulk assets_renditions
        assets_download assets_image assets_rights assets_article assets_ninjs assets_jsonld assets_used_in assets_uses
        assets_reuse assets_similar assets_publications_list assets_publications_create assets_publications_delete
        assets_versions assets_revisions assets_diff assets_history assets_comments_list assets_focal_point_get
        assets_table_get assets_tracks_list assets_tracks_get assets_chapters_get assets_transcript
        changes_list feeds_atom feeds_mrss jobs_list jobs_get licences_list nominations_list nominations_get
        agencies_list agencies_get agencies_parity_get agencies_reuse agencies_reuse_export
        collections_list collections_get collections_items collections_archive reviews_list translations_list trash_list
        agencies_terms_get agencies_terms_accept
        saved_searches_list saved_searches_create saved_searches_get saved_searches_edit saved_searches_delete
        saved_searches_look saved_searches_open_feed saved_searches_close_feed
        """,
    ),
    (
        (READ, WRITE),
        """
        assets_edit assets_submit assets_assign assets_comments_create assets_delete assets_undelete assets_reprocess
        assets_cancel_processing assets_focal_point_set assets_focal_point_delete assets_table_set assets_table_delete
        assets_tracks_add assets_tracks_replace assets_tracks_change assets_tracks_delete assets_tracks_cue
        assets_chapters_set releases_add releases_withdraw versions_restore revisions_restore
        """,
    ),
    (
        (READ, PUBLISH),
        """
        assets_publish assets_withdraw assets_approve assets_request_changes assets_schedule assets_archive
        assets_restore versions_confirm versions_decline nominations_create nominations_edit nominations_accept
        nominations_decline
        """,
    ),
    ((READ, ORIGINALS), "releases_list"),
    ((UPLOAD,), "uploads_create uploads_file uploads_companion uploads_parts_sign uploads_complete collections_create"),
    (
        (READ, UPLOAD),
        """
        assets_create collections_edit collections_delete collections_order collections_add
        collections_move collections_remove
        """,
    ),
    ((MANAGE,), "people_update tokens_list tokens_create tokens_revoke workers_list"),
    (
        (READ, MANAGE),
        """
        assets_hold assets_lift_hold agencies_create agencies_update agencies_move agencies_merge agencies_retention
        agencies_handover agencies_terms_set agencies_parity_set agencies_parity_delete members_list members_update
        members_remove invitations_list invitations_create invitations_revoke licences_create licences_edit
        """,
    ),
    ((AUDIT,), "audit_list audit_export"),
)
_ALTERNATIVES: Final[Mapping[str, Needs]] = {"agencies_usage": ((UPLOAD,), (MANAGE,))}
NEEDS: Final[Mapping[str, Needs]] = {
    **{name: (scopes,) for scopes, names in _OPERATIONS for name in names.split()},
    **_ALTERNATIVES,
}


@dataclass(frozen=True, kw_only=True)
class Besides:
    """A scope that only some requests of an operation need."""

    scope: Scope
    where: str


BESIDES: Final[Mapping[str, tuple[Besides, ...]]] = {
    "agencies_usage": (Besides(scope=READ, where="for operators, who have no role there"),),
    "assets_download": (Besides(scope=ORIGINALS, where="for `profile=original`"),),
    "assets_bulk": (
        Besides(scope=WRITE, where="for `submit`"),
        Besides(scope=PUBLISH, where="for every other action"),
    ),
    "uploads_create": (
        Besides(scope=READ, where="with `asset`"),
        Besides(scope=WRITE, where="with `asset`"),
    ),
    "uploads_file": (
        Besides(scope=READ, where="with `asset`"),
        Besides(scope=WRITE, where="with `asset`"),
    ),
    "tokens_create": (Besides(scope=READ, where="and every other scope that the new token is to have"),),
}


def in_words(operation: str) -> str:
    """What the document says besides ``security``, or nothing."""
    more = [f"`{each.scope}` {each.where}" for each in BESIDES.get(operation, ())]
    return f"A token also needs {' and '.join(more)}." if more else ""
