"""Who belongs where, and which offices' data they reach. This is the one place that says so; every query asks it (SEC-55).

Read live at each request (SEC-57, CVE-2026-95814): a membership that ended a moment ago reaches nothing any more. What is out of reach
is looked for with the reach in the query itself, so it is not found: 404, as if it did not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import aliased

from wizard.domain.organisation_rights import HEADQUARTERS, RIGHTS, Right, reaches_all_offices
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Membership, Office, Organisation, db
from wizard.models.database import rows_changed


@dataclass(frozen=True)
class Place:
    """One membership as pages, mails and claims say it."""

    membership_id: str
    organisation_id: str
    organisation: str
    organisation_kind: str
    office_id: str
    office: str
    office_kind: str
    country: str | None
    role: str

    @property
    def all_offices(self) -> bool:
        """Whether this membership reaches headquarters and all country offices."""
        return reaches_all_offices(self.office_kind)


def organisations_exist() -> bool:
    """Whether any organisation was moved here or made."""
    return db.session.scalar(select(Organisation.id).limit(1)) is not None


def is_living() -> ColumnElement[bool]:
    """Accepted and not ended: the only memberships that count."""
    return and_(Membership.accepted_at.is_not(None), Membership.ended_at.is_(None))


def places_of(account_id: str, *, offered: bool = False) -> list[Place]:
    """The account's living memberships by name of the organisation; with `offered`, those it has not answered yet."""
    wanted = and_(Membership.accepted_at.is_(None), Membership.ended_at.is_(None)) if offered else is_living()
    rows = db.session.execute(
        select(Membership, Organisation, Office)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Office, Office.id == Membership.office_id)
        .where(Membership.account_id == account_id, wanted)
        .order_by(Organisation.name_key, Membership.id)
    )
    return [place(membership, organisation, office) for membership, organisation, office in rows]


def place(membership: Membership, organisation: Organisation, office: Office) -> Place:
    return Place(
        membership.id, organisation.id, organisation.name, organisation.kind,
        office.id, office.name, office.kind, office.country, membership.role,
    )  # fmt: skip


def offices_within_reach(account_id: str, right: Right) -> Select[str]:
    """Ids of the offices at which the account has `right`, as a subquery: `Office.id.in_(offices_within_reach(…))`.

    A member of the headquarters reaches all offices of the organisation, any other member the own office only.
    """
    own = aliased(Office)
    return (
        select(Office.id)
        .join(Membership, Membership.organisation_id == Office.organisation_id)
        .join(own, own.id == Membership.office_id)
        .where(Membership.account_id == account_id, is_living(), Membership.role.in_(RIGHTS[right]))
        .where(or_(Office.id == Membership.office_id, own.kind == HEADQUARTERS))
    )


def named_offices_within_reach(account_id: str, right: Right) -> list[tuple[str, str, str]]:
    """Id, name and organisation's name of the same offices, by organisation and name."""
    rows = db.session.execute(
        select(Office.id, Office.name, Organisation.name)
        .join(Organisation, Organisation.id == Office.organisation_id)
        .where(Office.id.in_(offices_within_reach(account_id, right)))
        .order_by(Organisation.name_key, Office.name_key)
    )
    return [(office_id, office, organisation) for office_id, office, organisation in rows]


def place_at(account_id: str, office_id: str, right: Right) -> Place | None:
    """By which membership the account has `right` at this office; None: by none, or there is no such office."""
    reached = db.session.scalar(
        select(Office).where(Office.id == office_id, Office.id.in_(offices_within_reach(account_id, right)))
    )
    if reached is None:
        return None
    return next(found for found in places_of(account_id) if found.organisation_id == reached.organisation_id)


def add(
    account_id: str, office: Office, role: str, now: datetime, *, invited_by: str | None = None, offered: bool = False
) -> Membership:
    """A membership, in the open transaction. `offered`: the account existed before and must accept it first.

    The database lets only one living membership of an account and an organisation through: IntegrityError at the flush.
    """
    row = Membership(
        id=new_id(),
        account_id=account_id,
        organisation_id=office.organisation_id,
        office_id=office.id,
        role=role,
        created_at=now,
        invited_by=invited_by,
        accepted_at=None if offered else now,
    )
    db.session.add(row)
    return row


def end(membership_id: str, reason: str) -> bool:
    """End a membership, in the open transaction; False when it had ended already."""
    living = update(Membership).where(Membership.id == membership_id, Membership.ended_at.is_(None))
    return rows_changed(living.values(ended_at=tools().clock.now(), ended_reason=reason)) == 1
