"""Random networks of agencies and random acts in them: what must always hold, holds after each step.

``can``, ``may`` and the row filters agree (for two callers a step, for all at the end); no state follows that the table
does not have; nobody approves what they made, and nothing is published that not everybody approved whom the policy
asked; each act leaves exactly its events and a refused one none; quotas count exactly; the tree is whole; at the end
the record is sealed and verifies.

The use cases run on PostgreSQL, in a transaction that each example takes back. The examples are the same in each run.
"""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from assets.models import Asset, Nomination, Release, SavedSearch, UsageStatement
from assets.models.rights import ReleaseKind
from assets.quota import usage_of
from assets.states import ASSET_TRANSITIONS, Kind
from assets.tables import TableData
from assets.usecases.agencies_merge import merge_agency
from assets.usecases.articles_create import create_article
from assets.usecases.assets_approve import approve_asset
from assets.usecases.assets_archive import archive_asset
from assets.usecases.assets_assign import assign_asset
from assets.usecases.assets_cancel_schedule import cancel_schedule
from assets.usecases.assets_comment import comment_on_asset
from assets.usecases.assets_edit import edit_asset
from assets.usecases.assets_publish import publish_asset
from assets.usecases.assets_publish_due import publish_due
from assets.usecases.assets_request_changes import request_changes
from assets.usecases.assets_restore import restore_asset
from assets.usecases.assets_schedule import schedule_asset
from assets.usecases.assets_submit import submit_for_review
from assets.usecases.assets_withdraw import withdraw_asset
from assets.usecases.downloads_admit import Taking, admit_downloads
from assets.usecases.drafts_handover import hand_over_drafts
from assets.usecases.nominations_decide import accept_nomination, decline_nomination
from assets.usecases.nominations_make import nominate_asset
from assets.usecases.releases_add import NewRelease, add_release
from assets.usecases.releases_withdraw import withdraw_release
from assets.usecases.searches_save import delete_search, save_search
from assets.usecases.tables_edit import set_table
from permissions.actor import Actor
from permissions.conditions import acceptance_of, conditions_of, terms_above
from permissions.editable_rows import editable_assets
from permissions.models import Agency, AgencyTerms, AuditEvent, Membership, User
from permissions.policy import can
from permissions.rights import may
from permissions.sealing import seal_all
from permissions.usecases.agencies import create_agency
from permissions.usecases.agencies_edit import edit_agency
from permissions.usecases.agencies_move import move_agency
from permissions.usecases.clients import register_client
from permissions.usecases.invitations import accept_invitation, invite_person
from permissions.usecases.members import change_role, reactivate_member, remove_member, suspend_member
from permissions.usecases.people import grant_role
from permissions.usecases.people_suspend import reactivate_person, suspend_person
from permissions.usecases.terms_accept import accept_terms
from permissions.usecases.terms_write import write_terms
from permissions.usecases.tokens import issue_token, revoke_token
from permissions.verification import Tally, verify
from permissions.vocabulary import Action, AssetState, Audience, PlatformRole, Role, Scope, Use
from tests.factories import make_agency, make_membership, make_ready_asset, make_user
from tests.permissions.trees import check_tree
from tests.properties.network import Caller, Ledger, Work, assets_now

HOUR = timedelta(hours=1)
SECRET = re.compile(r"/invitations/(\S+)")
some = st.integers(0, 50)
"""Picks from a list, whatever its length."""
whoever = st.sampled_from([0, 1, 2, 3, 4, 5, 5, 5, 6, 7, 7, 8, 9, 10, 11, 12])
"""Callers: members, the administrator (5), the desk, the operator (7), the auditor, a stranger, tokens."""
moments = st.sampled_from([None, -HOUR, HOUR])
changes = st.fixed_dictionaries(
    {
        "audience": st.sampled_from(Audience),
        "embargo": moments,
        "end": moments,
        "release": st.booleans(),
        "shared": st.sets(some, min_size=1, max_size=2),
    }
)
scopes = st.just(set(Scope)) | st.sets(st.sampled_from(Scope), min_size=1)
PLAIN: dict[Action, tuple[Any, str, dict[str, Any]]] = {
    Action.SUBMIT: (submit_for_review, "asset.submitted", {}),
    Action.APPROVE: (approve_asset, "asset.approved", {}),
    Action.REQUEST_CHANGES: (request_changes, "asset.changes_requested", {"comment": "x"}),
    Action.PUBLISH: (publish_asset, "asset.published", {}),
    Action.CANCEL_SCHEDULE: (cancel_schedule, "asset.schedule_cancelled", {}),
    Action.WITHDRAW: (withdraw_asset, "asset.withdrawn", {"reason": "x"}),
    Action.ARCHIVE: (archive_asset, "asset.archived", {}),
    Action.RESTORE: (restore_asset, "asset.restored", {}),
}
GOING_OUT = [Action.WITHDRAW, Action.ARCHIVE, Action.RESTORE, Action.REQUEST_CHANGES]
WAITING = {AssetState.IN_REVIEW, AssetState.SCHEDULED, AssetState.APPROVED}


class Network(RuleBasedStateMachine):
    # --- The world

    @initialize(
        above=st.lists(st.integers(0, 3), min_size=3, max_size=3),
        steps=st.lists(st.sampled_from([None, 0, 1, 2]), min_size=4, max_size=4),
        roles=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Role)), min_size=5, max_size=5),
    )
    def begin(self, above: list[int], steps: list[int | None], roles: list[tuple[int, Role]]) -> None:
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.agencies = [make_agency(review_steps=steps[0] or 0).pk]
        for number, parent in enumerate(above, start=1):
            over = Agency.objects.get(pk=self.agencies[parent % number])
            self.agencies.append(make_agency(parent=over, review_steps=steps[number]).pk)
        self.callers = [Caller(user=make_user(last_login=Now())) for _ in roles]
        for caller, (place, role) in zip(self.callers, roles, strict=True):
            make_membership(user=caller.user, agency=self.agency(place), role=role)
        administrator = make_user(last_login=Now())
        make_membership(user=administrator, agency=self.agency(0), role=Role.AGENCY_ADMIN)
        officials = [make_user(platform_role=role, last_login=Now()) for role in PlatformRole]
        self.callers += [Caller(user=user) for user in (administrator, *officials)]
        self.callers.append(Caller())
        self.works: dict[UUID, Work] = {}
        self.tokens: list[UUID] = []
        self.letters: list[str] = []
        for number, place in enumerate((0, 1, 3)):
            self.photograph(place=place, by=number, kind=Kind.PHOTO if number else Kind.INFOGRAPHIC)
        self.step = 0
        self.ledger = Ledger()

    def teardown(self) -> None:
        if not hasattr(self, "scope"):
            return
        try:
            if hasattr(self, "ledger"):
                self.all_holds_at_the_end()
        finally:
            transaction.set_rollback(True)
            self.scope.__exit__(None, None, None)

    def all_holds_at_the_end(self) -> None:
        self.they_agree(self.callers)
        for agency in self.agencies:
            self.is_exact(agency)
        check_tree()
        seal_all(wait=True)
        tally = Tally()
        assert list(verify(tally=tally)) == []
        assert AuditEvent.objects.count() == self.ledger.count

    def agency(self, number: int) -> Agency:
        return Agency.objects.get(pk=self.agencies[number % len(self.agencies)])

    def caller(self, number: int) -> Caller:
        return self.callers[number % len(self.callers)]

    def person(self, number: int) -> User:
        people = [caller.user for caller in self.callers if caller.user is not None]
        return people[number % len(people)]

    def asset(self, number: int) -> Asset:
        ids = sorted(self.works)
        return Asset.objects.with_policy_facts().get(pk=ids[number % len(ids)])

    def photograph(self, *, place: int, by: int, kind: Kind) -> None:
        """A file that went through upload and processing."""
        maker = self.person(by).pk
        asset = make_ready_asset(agency=self.agency(place), created_by_id=maker, makers=[maker], kind=kind)
        version = asset.current_version
        assert version is not None
        if kind == Kind.INFOGRAPHIC:
            self.drawn = asset.pk
        self.works[asset.pk] = Work(agency=asset.agency_id, size=version.size, state=AssetState.DRAFT, makers={maker})

    # --- Agencies and people

    @rule(by=whoever, below=some, steps=st.sampled_from([None, 0, 1]))
    def found_an_agency(self, by: int, below: int, steps: int | None) -> None:
        if len(self.agencies) > 6:
            return
        made, _ = self.ledger.attempt(
            create_agency,
            ["agency.created"],
            by=self.caller(by).actor(),
            code=f"N{len(self.agencies)}X{AuditEvent.objects.count()}",
            name_vi="x",
            parent=self.agency(below),
            review_steps=steps,
        )
        if made is not None:
            self.agencies.append(made.pk)

    @rule(by=whoever, which=some, to=some)
    def move_an_agency(self, by: int, which: int, to: int) -> None:
        agency, parent = self.agency(which), self.agency(to)
        acts = [] if agency.parent_id == parent.pk else ["agency.moved"]
        self.ledger.attempt(move_agency, acts, agency_id=agency.pk, parent_id=parent.pk, by=self.caller(by).actor())

    @rule(by=whoever, which=some, into=some)
    def merge_agencies(self, by: int, which: int, into: int) -> None:
        source, target = self.agency(which), self.agency(into)
        if len(self.agencies) < 3:
            return
        done, _ = self.ledger.attempt(
            merge_agency,
            ["agency.merged", "agency.absorbed"],
            agency_id=source.pk,
            into_id=target.pk,
            by=self.caller(by).actor(),
        )
        if done is not None:
            self.agencies.remove(source.pk)
            for work in self.works.values():
                work.agency = target.pk if work.agency == source.pk else work.agency

    @rule(by=whoever, which=some, items=st.sampled_from([None, 1, 2, 5]))
    def set_a_quota(self, by: int, which: int, items: int | None) -> None:
        agency = self.agency(which)
        acts = [] if agency.quota_items == items else ["agency.edited"]
        self.ledger.attempt(
            edit_agency, acts, agency_id=agency.pk, by=self.caller(by).actor(), fields={"quota_items": items}
        )

    @rule(by=whoever, who=some, where=some, role=st.sampled_from(Role))
    def give_a_role(self, by: int, who: int, where: int, role: Role) -> None:
        user, agency = self.person(who), self.agency(where)
        same = Membership.objects.filter(user=user, agency=agency, role=role).exists()
        actor = self.caller(by).actor()
        self.ledger.attempt(grant_role, [] if same else ["role.granted"], by=actor, user=user, agency=agency, role=role)

    @rule(by=whoever, which=some, act=st.sampled_from(["suspend", "reactivate", "remove", "editor", "viewer"]))
    def change_a_member(self, by: int, which: int, act: str) -> None:
        members = list(Membership.objects.filter(agency__in=self.agencies).order_by("user__pk", "agency__pk"))
        if not members:
            return
        member = members[which % len(members)]
        about = {"agency_id": member.agency_id, "member_id": member.pk, "by": self.caller(by).actor()}
        if act in Role.values:
            same = member.role == act
            self.ledger.attempt(change_role, [] if same else ["role.changed"], role=Role(act), **about)
            return
        run, event, same = {
            "suspend": (suspend_member, "member.suspended", member.suspended_at is not None),
            "reactivate": (reactivate_member, "member.reactivated", member.suspended_at is None),
            "remove": (remove_member, "role.removed", False),
        }[act]
        self.ledger.attempt(run, [] if same else [event], **about)

    @rule(by=whoever, who=some, active=st.booleans())
    def shut_somebody_out(self, by: int, who: int, active: bool) -> None:
        user = self.person(who)
        run, event = (reactivate_person, "person.reactivated") if active else (suspend_person, "person.suspended")
        same = User.objects.get(pk=user.pk).is_active == active
        self.ledger.attempt(run, [] if same else [event], user_id=user.pk, by=self.caller(by).actor())

    @rule(by=whoever, who=some, where=some, role=st.sampled_from(Role))
    def invite_somebody(self, by: int, who: int, where: int, role: Role) -> None:
        about = {"agency_id": self.agency(where).pk, "email": self.person(who).email, "role": role}
        made, _ = self.ledger.attempt(invite_person, ["invitation.sent"], by=self.caller(by).actor(), **about)
        if made is not None:
            found = SECRET.search(str(mail.outbox[-1].body))
            assert found is not None
            self.letters.append(found[1])

    @precondition(lambda self: bool(self.letters))
    @rule(which=some, who=some)
    def open_a_letter(self, which: int, who: int) -> None:
        secret, reader = self.letters[which % len(self.letters)], self.person(who)
        self.ledger.attempt(accept_invitation, ["invitation.accepted"], secret=secret, user=reader, given=None)

    @rule(
        by=some, scopes=st.sets(st.sampled_from(Scope), min_size=1), agency=st.none() | some, role=st.sampled_from(Role)
    )
    def make_a_token(self, by: int, scopes: set[Scope], agency: int | None, role: Role) -> None:
        if len(self.tokens) > 3:
            return
        made, _ = self.ledger.attempt(
            issue_token,
            ["token.issued"],
            by=self.caller(by).actor(),
            name="x",
            scopes=sorted(scopes),
            agency=None if agency is None else self.agency(agency),
            role=None if agency is None else role,
        )
        if made is not None:
            self.tokens.append(made.token.pk)
            self.callers.append(Caller(secret=made.secret))

    @rule(by=some, agency=some, role=st.sampled_from(Role))
    def register_a_client(self, by: int, agency: int, role: Role) -> None:
        if len(self.tokens) > 3:
            return
        made, _ = self.ledger.attempt(
            register_client,
            ["client.registered"],
            by=self.caller(by).actor(),
            name="x",
            scopes=[Scope.READ],
            agency=self.agency(agency),
            role=role,
        )
        if made is not None:
            self.tokens.append(made.token.pk)

    @precondition(lambda self: bool(self.tokens))
    @rule(by=whoever, which=some)
    def revoke_a_token(self, by: int, which: int) -> None:
        token = self.tokens[which % len(self.tokens)]
        self.ledger.attempt(revoke_token, None, by=self.caller(by).actor(), token_id=token)

    # --- Terms and statements of downloads

    @rule(by=whoever, where=some, text=st.sampled_from("ab"))
    def write_terms(self, by: int, where: int, text: str) -> None:
        agency = self.agency(where)
        last = AgencyTerms.objects.filter(agency=agency).first()
        events = [] if last is not None and last.text_vi == text else ["agency.terms_written"]
        self.ledger.attempt(write_terms, events, agency_id=agency.pk, by=self.caller(by).actor(), texts={"vi": text})

    @rule(by=whoever, where=some, version=st.sampled_from([1, 1, 1, 2]))
    def accept_terms(self, by: int, where: int, version: int) -> None:
        agency, actor = self.agency(where), self.caller(by).actor()
        terms = terms_above(agency.path)
        there = terms is not None and acceptance_of(actor, terms) is not None
        events = [] if there else ["terms.accepted"]
        self.ledger.attempt(accept_terms, events, agency_id=agency.pk, version=version, by=actor)
        if terms is not None and terms.version == version and not actor.is_anonymous:
            assert not conditions_of(actor, agency.path).owes_terms

    @rule(by=whoever, where=some, said=st.sampled_from(["", "x", "Bài về cầu"]))
    def take_a_work(self, by: int, where: int, said: str) -> None:
        agency, actor = self.agency(where), self.caller(by).actor()
        asset = Asset.objects.filter(agency=agency).order_by("pk").first()
        if asset is None:
            return
        asked, before = conditions_of(actor, agency.path), UsageStatement.objects.count()
        taking = Taking(asset_id=asset.pk, agency_path=agency.path, file="w320.webp")
        _, reason = self.ledger.attempt(admit_downloads, [], takings=[taking], by=actor, statement=said)
        assert (reason == "terms_not_accepted") == asked.owes_terms
        kept = asked.statement and not asked.owes_terms and len(said) > 1
        assert UsageStatement.objects.count() - before == kept

    @rule(by=whoever, where=some, terms=st.sampled_from([None, True, False]), statement=st.sampled_from([None, True]))
    def ask_for_terms(self, by: int, where: int, terms: bool | None, statement: bool | None) -> None:
        agency = self.agency(where)
        wanted = {"asks_terms": terms, "asks_statement": statement}
        same = all(getattr(agency, name) == value for name, value in wanted.items())
        events = [] if same else ["agency.edited"]
        self.ledger.attempt(edit_agency, events, agency_id=agency.pk, by=self.caller(by).actor(), fields=wanted)

    # --- Saved searches

    @rule(by=whoever, name=st.sampled_from("ab"))
    def save_a_search(self, by: int, name: str) -> None:
        self.ledger.attempt(save_search, ["search.saved"], by=self.caller(by).actor(), name=name, asked={})

    @rule(by=whoever, which=some)
    def delete_a_search(self, by: int, which: int) -> None:
        """Of all that there are, mostly somebody else's."""
        ids = list(SavedSearch.objects.order_by("id").values_list("id", flat=True))
        if ids:
            chosen = ids[which % len(ids)]
            self.ledger.attempt(delete_search, ["search.deleted"], by=self.caller(by).actor(), search_id=chosen)

    # --- Works

    @rule(by=whoever, where=some)
    def write_an_article(self, by: int, where: int) -> None:
        agency, actor = self.agency(where), self.caller(by).actor()
        room = agency.quota_items is None or self.owned(agency.pk)[0] < agency.quota_items
        made, reason = self.ledger.attempt(
            create_article, ["asset.created"], by=actor, agency=agency, texts={"vi": {"title": "x"}}, fields={}
        )
        if made is None:
            assert reason != "quota_exceeded" or not room
            return
        assert room
        self.works[made.pk] = Work(agency=agency.pk, size=0, state=AssetState.DRAFT, makers=set(made.makers))

    @rule(by=whoever, which=some, action=st.sampled_from(list(PLAIN)))
    def try_a_step(self, by: int, which: int, action: Action) -> None:
        self.one_step(self.asset(which).pk, action, by, eager=bool(by % 2))

    @rule(first=some, which=some, change=changes, then=st.lists(st.sampled_from(GOING_OUT), max_size=3))
    def a_work_goes_its_way(self, first: int, which: int, change: dict[str, Any], then: list[Action]) -> None:
        """Somebody edits and submits it, everybody in turns tries to approve it, its makers too, and it goes out."""
        pk = self.asset(which).pk
        self.change(first, pk, change, eager=True)
        self.one_step(pk, Action.SUBMIT, first, eager=True)
        for number in range(first, first + len(self.callers)):
            self.one_step(pk, Action.APPROVE, number, eager=False)
        self.one_step(pk, Action.PUBLISH, first, eager=True)
        self.they_agree(self.callers)
        for action in then:
            self.one_step(pk, action, first, eager=True)

    def one_step(self, pk: UUID, action: Action, by: int, *, eager: bool) -> None:
        run, event, said = PLAIN[action]
        asset = Asset.objects.with_policy_facts().get(pk=pk)
        self.act(by, asset, action, run, [event], eager=eager, **said)
        self.works[pk].state = AssetState(Asset.objects.values_list("state", flat=True).get(pk=pk))

    @rule(by=whoever, which=some)
    def schedule(self, by: int, which: int) -> None:
        asset = self.asset(which)
        self.act(by, asset, Action.SCHEDULE, schedule_asset, ["asset.scheduled"], at=asset.database_now + HOUR)

    @rule(which=some)
    def the_time_comes(self, which: int) -> None:
        asset = self.asset(which)
        if asset.state != AssetState.SCHEDULED:
            return
        Asset.objects.filter(pk=asset.pk).update(scheduled_for=Now() - HOUR)
        done, _ = self.ledger.attempt(publish_due, None, asset_id=asset.pk)
        if done:
            self.note(asset, Action.PUBLISH, None)

    @rule(by=whoever, which=some, change=changes)
    def edit(self, by: int, which: int, change: dict[str, Any]) -> None:
        self.change(by, self.asset(which).pk, change, eager=bool(by % 2))

    def change(self, by: int, pk: UUID, change: dict[str, Any], *, eager: bool) -> None:
        asset = Asset.objects.with_policy_facts().get(pk=pk)
        embargo, end = change["embargo"], change["end"]
        fields = {
            "audience": change["audience"],
            "embargo_until": asset.database_now + embargo if embargo else None,
            "rights_end": asset.database_now + end if end else None,
            "release_required": change["release"],
        }
        named = [self.agency(number) for number in sorted(change["shared"])]
        acts = ["asset.edited", *self.lapse(asset)]
        self.act(by, asset, Action.EDIT, edit_asset, acts, eager=eager, fields=fields, shared_with=named)
        self.works[pk].state = AssetState(Asset.objects.values_list("state", flat=True).get(pk=pk))

    @rule(by=whoever, which=some)
    def set_the_data(self, by: int, which: int) -> None:
        drawn = self.drawn if which % 2 else self.asset(which).pk
        asset = Asset.objects.with_policy_facts().get(pk=drawn)
        table = TableData(columns=("a",), rows=((str(by),),))
        self.act(by, asset, Action.EDIT, set_table, ["asset.table_set", *self.lapse(asset)], table=table)

    @rule(by=whoever, which=some, text=st.sampled_from(["x", " "]))
    def say_something(self, by: int, which: int, text: str) -> None:
        self.act(by, self.asset(which), Action.COMMENT, comment_on_asset, ["asset.commented"], text=text)

    @rule(by=whoever, which=some, who=st.none() | some)
    def assign(self, by: int, which: int, who: int | None) -> None:
        person = None if who is None else self.person(who).pk
        self.act(by, self.asset(which), Action.ASSIGN, assign_asset, ["asset.assigned"], assignee=person)

    @rule(by=whoever, which=some, end=st.sampled_from([None, HOUR]))
    def release(self, by: int, which: int, end: timedelta | None) -> None:
        asset = self.asset(which)
        until = asset.database_now + end if end else None
        new = NewRelease(kind=ReleaseKind.MODEL, name="x", valid_until=until)
        self.beside(by, asset, add_release, ["asset.release_added"], new=new)

    @rule(by=whoever, which=some)
    def withdraw_a_release(self, by: int, which: int) -> None:
        asset = self.asset(which)
        release = Release.objects.filter(asset=asset).order_by("pk").first()
        if release is not None:
            self.beside(by, asset, withdraw_release, ["asset.release_withdrawn"], release_id=release.pk)

    @rule(by=whoever, which=some)
    def nominate(self, by: int, which: int) -> None:
        self.act(by, self.asset(which), Action.NOMINATE, nominate_asset, ["asset.nominated"])

    @rule(by=whoever, which=some, accept=st.booleans())
    def decide(self, by: int, which: int, accept: bool) -> None:
        rows = list(Nomination.objects.order_by("pk"))
        if not rows:
            return
        about = {"nomination_id": rows[which % len(rows)].pk, "by": self.caller(by).actor()}
        if accept:
            self.ledger.attempt(accept_nomination, ["nomination.accepted"], national={}, **about)
        else:
            self.ledger.attempt(decline_nomination, ["nomination.declined"], reason="x", **about)

    @rule(by=whoever, where=some, leaver=some, heir=some)
    def hand_over(self, by: int, where: int, leaver: int, heir: int) -> None:
        agency, leaving = self.agency(where), self.person(leaver)
        drafts = Asset.objects.filter(
            agency=agency, created_by=leaving, state__in=(AssetState.DRAFT, AssetState.CHANGES_REQUESTED)
        )
        mine = list(drafts.values_list("pk", flat=True))
        about = {"agency_id": agency.pk, "from_id": leaving.pk, "to_id": self.person(heir).pk}
        done, _ = self.ledger.attempt(
            hand_over_drafts, ["asset.handed_over"] * len(mine), by=self.caller(by).actor(), **about
        )
        for pk in mine if done is not None else []:
            self.works[pk].makers |= {leaving.pk, self.person(heir).pk}

    # --- What the shadow knows

    def beside(self, by: int, asset: Asset, run: Any, acts: list[str], **said: Any) -> None:
        """An act on an asset that takes the right to edit and changes nothing that is approved."""
        actor = self.caller(by).actor()
        foreseen = can(actor, Action.EDIT, asset, now=asset.database_now)
        done, reason = self.ledger.attempt(run, acts, asset_id=asset.pk, by=actor, **said)
        assert done is None or foreseen
        assert bool(foreseen) or reason in {str(foreseen.reason), "not_found"}

    def act(
        self,
        by: int,
        asset: Asset,
        action: Action,
        run: Any,
        acts: list[str],
        *,
        eager: bool | None = None,
        **said: Any,
    ) -> None:
        """Try it: the policy says beforehand whether it is allowed, and the refusal has its reason."""
        actor = self.chosen(by, action, asset, eager=bool(by % 2) if eager is None else eager)
        foreseen = can(actor, action, asset, now=asset.database_now)
        done, reason = self.ledger.attempt(run, acts, asset_id=asset.pk, by=actor, **said)
        if done is None:
            assert foreseen or reason in {str(foreseen.reason), "not_found"} or not str(said.get("text", "x")).strip()
            return
        assert foreseen, f"{action} was done, though {foreseen.reason}"
        self.note(asset, action, actor.user_id or actor.answerable_id)

    def chosen(self, by: int, action: Action, asset: Asset, *, eager: bool) -> Actor:
        """That caller; when eager the next who may, so that works get far."""
        if eager:
            for number in range(by, by + len(self.callers)):
                actor = self.caller(number).actor()
                if can(actor, action, asset, now=asset.database_now):
                    return actor
        return self.caller(by).actor()

    def lapse(self, asset: Asset) -> list[str]:
        work = self.works[asset.pk]
        waits = work.state is AssetState.APPROVED or (work.approvers and work.state in WAITING)
        return ["asset.approval_lapsed"] if waits else []

    def note(self, asset: Asset, action: Action, who: UUID | None) -> None:
        work = self.works[asset.pk]
        if action is Action.EDIT:
            assert who is not None
            work.makers.add(who)
            work.approvers, work.passed = set(), work.passed and work.state is AssetState.PUBLISHED
        elif action is Action.APPROVE:
            assert who is not None
            assert who not in work.makers | work.approvers, "somebody approved what they made, or twice"
            work.approvers.add(who)
            work.passed = len(work.approvers) >= max(1, asset.review_steps)
        elif action in {Action.SUBMIT, Action.RESTORE, Action.REQUEST_CHANGES}:
            work.approvers, work.passed = set(), False
        elif action in {Action.SCHEDULE, Action.PUBLISH} and work.state is AssetState.DRAFT:
            assert asset.review_steps == 0, "a draft went out that somebody should have reviewed"
        elif action is Action.PUBLISH and work.state is AssetState.APPROVED:
            assert work.passed, "it went out before everybody had approved"

    def owned(self, agency: UUID) -> tuple[int, int]:
        mine = [work for work in self.works.values() if work.agency == agency]
        return len(mine), sum(work.size for work in mine)

    # --- What always holds

    @invariant()
    def only_legal_steps_were_taken(self) -> None:
        for asset in Asset.objects.filter(pk__in=self.works):
            work, now = self.works[asset.pk], AssetState(asset.state)
            assert now is work.state or now in ASSET_TRANSITIONS[work.state], f"{work.state} became {now}"
            work.state = now
            assert set(asset.approved_by) == work.approvers
            assert set(asset.made_by) >= work.makers
            assert not set(asset.made_by) & set(asset.approved_by)
            assert asset.agency_id == work.agency

    @invariant()
    def predicate_rights_and_rows_agree_for_the_next_two(self) -> None:
        self.step += 1
        self.they_agree([self.caller(self.step * 2), self.caller(self.step * 2 + 1)])

    @invariant()
    def quotas_count_exactly(self) -> None:
        self.is_exact(self.agencies[self.step % len(self.agencies)])

    def they_agree(self, callers: list[Caller]) -> None:
        assets = assets_now()
        for caller in callers:
            actor = caller.actor()
            seen = set(Asset.objects.visible_to(actor).values_list("pk", flat=True))
            assert seen == {one.pk for one in assets if can(actor, Action.VIEW, one, now=one.database_now)}
            assert seen == {one.pk for one in assets if may(actor, Use.VIEW, one, one.database_now)}
            editable = set(Asset.objects.visible_to(actor).filter(editable_assets(actor)).values_list("pk", flat=True))
            assert editable == {one.pk for one in assets if can(actor, Action.EDIT, one, now=one.database_now)}

    def is_exact(self, agency: UUID) -> None:
        usage = usage_of(Agency.objects.get(pk=agency))
        assert (usage.items.used, usage.bytes.used) == self.owned(agency)


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Network,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        ),
    )


@pytest.mark.timeout(1200)
@pytest.mark.django_db
def test_whatever_people_do_the_network_stays_as_it_must_be() -> None:
    run(8, 20)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.django_db
def test_it_stays_so_for_long() -> None:
    run(150, 60)
