"""Staff: making somebody an agent of the helpdesk, and who is one. Read live at each request (SEC-57)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update

from wizard.domain.desk_rights import RIGHTS, DeskRight, has_right
from wizard.extensions import tools
from wizard.models import Account, Organisation, StaffMember, db
from wizard.models.database import rows_changed
from wizard.services import audit
from wizard.services.visits import revoke, sessions_of

NOBODYS = frozenset({"administrator", "agent", "operator", "person", "system"})
"""What the audit trail calls those who are no agent: everybody chooses how the own name is shown, and none of these is one."""


@dataclass(frozen=True)
class Scope:
    """Whom an agent sees: members of one organisation, people of one country, readers of one language; None: no matter which."""

    organisation_id: str | None = None
    country: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Agent:
    """An account that works at the helpdesk, now."""

    account_id: str
    name: str
    role: str
    scope: Scope

    def may(self, right: DeskRight) -> bool:
        return has_right(self.role, right)


@dataclass(frozen=True)
class Listed:
    """One agent as the operator's list has them; of the scope what narrows it, the organisation by its name."""

    username: str | None
    email: str
    role: str
    organisation: str | None
    country: str | None
    language: str | None


class UnknownRole(ValueError):
    """No role has this name; those that there are stand in the message."""

    def __init__(self) -> None:
        super().__init__("Roles: " + ", ".join(RIGHTS))


def agent(account: Account | None) -> Agent | None:
    """The agent that this account is; None for everybody else, and for who was one until a second ago."""
    if account is None or account.disabled_at is not None:
        return None
    living = select(StaffMember).where(StaffMember.account_id == account.id, StaffMember.ended_at.is_(None))
    row = db.session.scalar(living)
    if row is None:
        return None
    scope = Scope(row.organisation_id, row.country, row.language)
    is_name = account.name and account.name.casefold() not in NOBODYS
    return Agent(account.id, account.name if is_name else account.email, row.role, scope)


def role_of(account_id: str) -> str | None:
    """The role of this account at the helpdesk; None: it has none."""
    living = select(StaffMember.role).where(StaffMember.account_id == account_id, StaffMember.ended_at.is_(None))
    return db.session.scalar(living)


def among(account_ids: Collection[str]) -> set[str]:
    """Those of these accounts that have a role at the helpdesk."""
    living = select(StaffMember.account_id).where(
        StaffMember.account_id.in_(account_ids), StaffMember.ended_at.is_(None)
    )
    return set(db.session.scalars(living)) if account_ids else set()


def everyone() -> list[Listed]:
    """All agents, by user name."""
    columns = (
        Account.username, Account.email, StaffMember.role, Organisation.name, StaffMember.country, StaffMember.language,
    )  # fmt: skip
    living = (
        select(*columns)
        .join(Account, Account.id == StaffMember.account_id)
        .outerjoin(Organisation, Organisation.id == StaffMember.organisation_id)
        .where(StaffMember.ended_at.is_(None))
        .order_by(Account.username_key)
    )
    return [Listed(*row) for row in db.session.execute(living)]


def is_staff(account_id: str) -> bool:
    return role_of(account_id) is not None


def appoint(account_id: str, role: str, scope: Scope, by: str) -> None:
    """Make the account an agent, or change its role and scope, in the open transaction. Its sessions end: they were made for less.

    Raises `UnknownRole`.
    """
    if role not in RIGHTS:
        raise UnknownRole
    now = tools().clock.now()
    values = {"organisation_id": scope.organisation_id, "country": scope.country, "language": scope.language}
    row = db.session.get(StaffMember, account_id)
    if row is None:
        db.session.add(StaffMember(account_id=account_id, role=role, created_at=now, **values))
    else:
        again = update(StaffMember).where(StaffMember.account_id == account_id)
        rows_changed(again.values(role=role, ended_at=None, **values))
    revoke(sessions_of(account_id), "appointed", now)
    audit.record("staff-appointed", account_id=account_id, actor=by, role=role)


def dismiss(account_id: str, by: str) -> bool:
    """Take the account's right to the helpdesk away, in the open transaction; False when it had none. Its sessions end."""
    now = tools().clock.now()
    living = update(StaffMember).where(StaffMember.account_id == account_id, StaffMember.ended_at.is_(None))
    if rows_changed(living.values(ended_at=now)) != 1:
        return False
    revoke(sessions_of(account_id), "dismissed", now)
    audit.record("staff-dismissed", account_id=account_id, actor=by)
    return True
