"""The colleagues whom an administrator reaches, as the list shows them.

A membership that is only offered looks exactly like an invitation to a new account: its address in canonical form and no name, "not
opened", an end after the same time. Otherwise the list would tell which foreign addresses have an account (SEC-28).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select

from wizard.domain.organisation_rights import HEADQUARTERS, Right, roles_to_give
from wizard.extensions import tools
from wizard.models import Account, Membership, Office, Organisation, db
from wizard.services.colleague_standing import Standing, standings
from wizard.services.memberships import offices_within_reach, places_of

SEE: Right = "see-people"


@dataclass(frozen=True)
class Colleague:
    """One membership that has not ended.

    `name` is "" while it is not known whose it is. `invited_at` is when the last invitation was sent, `ends_at` how long it is good; both
    None for somebody whom nobody invited. `may_change` covers role and end, `may_withdraw` and `may_resend` who has not arrived.
    """

    membership_id: str
    organisation: str
    office_id: str
    office: str
    name: str
    address: str
    role: str
    standing: Standing
    closed: bool
    invited_at: datetime | None
    ends_at: datetime | None
    is_self: bool
    may_change: bool
    may_withdraw: bool
    may_resend: bool

    @property
    def title(self) -> str:
        """What the person is called in the list."""
        return self.name or self.address

    @property
    def has_arrived(self) -> bool:
        return self.standing == "arrived"


@dataclass(frozen=True)
class OfficePeople:
    """One office with its people."""

    organisation: str
    office: str
    people: tuple[Colleague, ...]


def everyone(actor_id: str) -> list[OfficePeople]:
    """The people of every office at which the account may see them, headquarters first; offices without people too."""
    people: dict[str, list[Colleague]] = defaultdict(list)
    for colleague in sorted(_colleagues(actor_id), key=lambda each: (each.title.casefold(), each.membership_id)):
        people[colleague.office_id].append(colleague)
    offices = db.session.execute(
        select(Office, Organisation.name)
        .join(Organisation, Organisation.id == Office.organisation_id)
        .where(Office.id.in_(offices_within_reach(actor_id, SEE)))
        .order_by(Organisation.name_key, case((Office.kind == HEADQUARTERS, 0), else_=1), Office.name_key)
    )
    return [OfficePeople(name, office.name, tuple(people[office.id])) for office, name in offices]


def one(actor_id: str, membership_id: str) -> Colleague | None:
    """The colleague of this membership; None when it has ended or is out of reach."""
    return next(iter(_colleagues(actor_id, membership_id)), None)


def _colleagues(actor_id: str, membership_id: str | None = None) -> list[Colleague]:
    """The colleague of each living or offered membership within reach; of one only when it is named."""
    question = (
        select(Membership, Account, Office, Organisation)
        .join(Account, Account.id == Membership.account_id)
        .join(Office, Office.id == Membership.office_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.ended_at.is_(None), Membership.office_id.in_(offices_within_reach(actor_id, SEE)))
    )
    if membership_id is not None:
        question = question.where(Membership.id == membership_id)
    rows = db.session.execute(question).all()
    giving = {place.organisation_id: roles_to_give(place.role) for place in places_of(actor_id)}
    where = standings([account for membership, account, _, _ in rows if membership.accepted_at is not None])
    return [
        _colleague(
            (membership, account, office, organisation),
            "not-opened" if membership.accepted_at is None else where[account.id],
            is_self=account.id == actor_id,
            may_act=account.id != actor_id and membership.role in giving[organisation.id],
        )
        for membership, account, office, organisation in rows
    ]


def _colleague(
    row: tuple[Membership, Account, Office, Organisation], standing: Standing, *, is_self: bool, may_act: bool
) -> Colleague:
    membership, account, office, organisation = row
    offered = membership.accepted_at is None
    invited_at = membership.created_at if membership.invited_by is not None else None
    unknown = offered or (standing == "not-opened" and invited_at is not None)
    closed = account.disabled_at is not None and not offered
    arrived = standing == "arrived"
    return Colleague(
        membership_id=membership.id,
        organisation=organisation.name,
        office_id=office.id,
        office=office.name,
        name="" if unknown else account.name,
        address=account.email_key if unknown else account.email,
        role=membership.role,
        standing=standing,
        closed=closed,
        invited_at=invited_at,
        ends_at=invited_at + timedelta(seconds=tools().settings.issue_lifetime) if invited_at else None,
        is_self=is_self,
        may_change=may_act and arrived,
        may_withdraw=may_act and not arrived,
        may_resend=may_act and not arrived and not closed and (offered or never_had_password(account)),
    )


def never_had_password(account: Account) -> bool:
    """Whether an invitation may still be sent: afterwards whoever reads the mail must not get in by it."""
    return account.password_hash is None and account.password_ended_at is None
