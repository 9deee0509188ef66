"""What administrators do with memberships of others, and what people do with memberships offered to them.

Every act locks the organisation's row first and reads everything again under that lock, so that two administrators act one after the
other: who has just lost the right gets nothing done any more (SEC-57).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, select, update

from wizard.domain.organisation_rights import Right, roles_to_give
from wizard.extensions import tools
from wizard.models import Account, Membership, Organisation, db, write
from wizard.models.database import rows_changed
from wizard.services import audit, memberships, people_search
from wizard.services.colleague_standing import standings
from wizard.services.memberships import Place, offices_within_reach, places_of

INVITE: Right = "invite-people"
ADMINISTRATOR: Final = "administrator"
PERSON: Final = "person"
ENDED, DECLINED, WITHDRAWN = "ended-by-administrator", "declined", "withdrawn"


class OutOfReach(LookupError):
    """There is no such office, colleague or correction within reach of this account."""


class NotAllowed(ValueError):
    """No page offers this: one's own membership, a role above one's own, somebody who has not arrived."""


@dataclass(frozen=True)
class Held:
    """A membership read under the lock of its organisation, and the role of the administrator who acts on it."""

    membership: Membership
    own_role: str


@dataclass(frozen=True)
class Offer:
    """A membership that waits for the person's answer; `inviter` is "" when nobody is named."""

    place: Place
    inviter: str


def is_within_reach(account_id: str, membership_id: str, right: Right) -> bool:
    """Whether the account has `right` at the office of this membership, be it ended or not."""
    of_office = Membership.office_id.in_(offices_within_reach(account_id, right))
    return db.session.scalar(select(Membership.id).where(Membership.id == membership_id, of_office)) is not None


def hold_organisation(organisation_id: str) -> None:
    """Lock the organisation's row for the rest of the write transaction: the first lock of every act on its people."""
    db.session.scalar(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())


def hold(actor_id: str, membership_id: str) -> Held:
    """Lock and read a membership that `actor_id` may act on, inside an open `write()`. It may have ended.

    Raises `OutOfReach`, or `NotAllowed` for one's own and for a role above one's own.
    """
    found = db.session.get(Membership, membership_id)
    if found is None:
        raise OutOfReach
    hold_organisation(found.organisation_id)
    reached = select(Membership).where(
        Membership.id == membership_id, Membership.office_id.in_(offices_within_reach(actor_id, INVITE))
    )
    row = db.session.scalar(reached.execution_options(populate_existing=True))
    if row is None:
        raise OutOfReach
    own = next(each.role for each in places_of(actor_id) if each.organisation_id == row.organisation_id)
    if row.account_id == actor_id or row.role not in roles_to_give(own):
        raise NotAllowed
    return Held(row, own)


def change_role(actor_id: str, membership_id: str, role: str) -> bool:
    """Give an arrived colleague another role; False when the membership ended meanwhile. Its own transaction.

    Raises `OutOfReach` and `NotAllowed`.
    """
    with write():
        held = hold(actor_id, membership_id)
        row, before = held.membership, held.membership.role
        if role not in roles_to_give(held.own_role):
            raise NotAllowed
        if row.ended_at is not None:
            return False
        _must_have_arrived(row)
        if role != before:
            living = update(Membership).where(
                Membership.id == row.id, Membership.role == before, memberships.is_living()
            )
            if rows_changed(living.values(role=role)) != 1:
                return False
            words = {"membership": row.id, "before": before, "after": role, "by": actor_id}
            audit.record("role-changed", account_id=row.account_id, actor=ADMINISTRATOR, **words)
    return True


def end_membership(actor_id: str, membership_id: str) -> bool:
    """End an arrived colleague's membership, at once; False when it had ended. Its own transaction.

    Raises `OutOfReach` and `NotAllowed`.
    """
    with write():
        row = hold(actor_id, membership_id).membership
        if row.ended_at is not None:
            return False
        _must_have_arrived(row)
        return end(row, ENDED, actor=ADMINISTRATOR, by=actor_id)


def end(row: Membership, reason: str, *, actor: str, by: str) -> bool:
    """End this membership with its audit event, inside an open `write()`; False when it had ended."""
    ended = memberships.end(row.id, reason)
    if ended:
        _tell_of_end(row, reason, actor=actor, by=by)
        people_search.refresh([row.account_id])
    return ended


def _tell_of_end(row: Membership, reason: str, *, actor: str, by: str) -> None:
    words = {"membership": row.id, "reason": reason, "by": by}
    audit.record("membership-ended", account_id=row.account_id, actor=actor, **words)


def _must_have_arrived(row: Membership) -> None:
    account = db.session.get_one(Account, row.account_id, populate_existing=True)
    if row.accepted_at is None or standings([account])[account.id] != "arrived":
        raise NotAllowed


def offers_for(account_id: str) -> list[Offer]:
    """The memberships that wait for this account's answer, by name of the organisation."""
    rows = {row.id: row.invited_by for row in db.session.scalars(select(Membership).where(_is_open_offer(account_id)))}
    inviters = {
        found.id: found.name
        for found in db.session.scalars(select(Account).where(Account.id.in_([by for by in rows.values() if by])))
    }
    offered = memberships.places_of(account_id, offered=True)
    return [Offer(each, inviters.get(rows.get(each.membership_id) or "", "")) for each in offered]


def answer_offer(account_id: str, membership_id: str, *, accept: bool) -> bool:
    """Take or leave a membership that was offered to this account; False when it was answered or withdrawn before.

    Its own transaction. Raises `OutOfReach` for anything that was never offered to this account.
    """
    with write():
        now = tools().clock.now()
        row = db.session.get(Membership, membership_id)
        if row is None or row.account_id != account_id:
            raise OutOfReach
        hold_organisation(row.organisation_id)
        answer = {"accepted_at": now} if accept else {"ended_at": now, "ended_reason": DECLINED}
        still_open = update(Membership).where(Membership.id == membership_id, _is_open_offer(account_id))
        if rows_changed(still_open.values(answer)) != 1:
            return False
        if accept:
            audit.record("membership-accepted", account_id=account_id, actor=PERSON, membership=membership_id)
        else:
            _tell_of_end(row, DECLINED, actor=PERSON, by=account_id)
        people_search.refresh([account_id])
    return True


def _is_open_offer(account_id: str) -> ColumnElement[bool]:
    return and_(Membership.account_id == account_id, Membership.accepted_at.is_(None), Membership.ended_at.is_(None))
