"""A second agent's word: acts that wait for it, approving and refusing them, and the pass that an approval allows (SEC-56)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import aliased

from wizard.domain.desk_rights import ACTS, RIGHTS, has_right, may_act_on
from wizard.extensions import tools
from wizard.models import Account, DeskAct, StaffMember, db, write
from wizard.models.database import rows_changed
from wizard.services import caller_checks, desk_act_notices, desk_scope, staff
from wizard.services import temporary_passes as passes
from wizard.services.desk_act_doing import REFUSED, WORKS, Changed, carry_out, dry_run
from wizard.services.desk_act_endings import Doing
from wizard.services.desk_act_events import tell
from wizard.services.desk_act_hold import OutOfReach, hold, may_act
from wizard.services.desk_act_plans import NotPossible
from wizard.services.desk_subject import DONE, WAITING, Subject
from wizard.services.staff import Agent
from wizard.services.temporary_passes import MadePass

APPROVAL_LIFETIME = timedelta(hours=1)


def somebody_approves(agent_id: str, account: Account) -> bool:
    """Whether another agent may approve an act on this person: one who sees the person, and outranks them."""
    roles = [role for role in RIGHTS if has_right(role, "approve")]
    others = select(Account).join(StaffMember, StaffMember.account_id == Account.id)
    others = others.where(StaffMember.ended_at.is_(None), StaffMember.role.in_(roles), Account.id != agent_id)
    agents = (staff.agent(each) for each in db.session.scalars(others))
    return any(agent is not None and _may_approve(agent, account) for agent in agents)


def _may_approve(agent: Agent, account: Account) -> bool:
    return desk_scope.find(agent, account.id) is not None and may_act(agent, account, "approve")


def runs_out(row: DeskAct) -> datetime:
    """Until when a second agent may approve."""
    return row.created_at + APPROVAL_LIFETIME


def is_awaited(row: DeskAct, now: datetime) -> bool:
    """Whether the act waits for a second agent."""
    return row.state == WAITING and row.approved_at is None and runs_out(row) > now


def why_not(row: DeskAct) -> LazyString | None:
    """Why no second agent may approve the act now, in words that say what to do; None: one may (SEC-56).

    A check by the linked phone that the phone has taken back since is none, and nothing else speaks for the caller.
    """
    if not caller_checks.is_taken_back(row):
        return None
    return _l(
        "This cannot be approved, because the caller is not checked any more. Refuse it, and tell the agent who asked to check the "
        "caller once more and to ask anew."
    )


@dataclass(frozen=True)
class Awaited:
    """An act that waits for a second agent: on whom, and who has asked for it."""

    row: DeskAct
    person: Account
    asking: Account


def awaited(agent: Agent) -> list[Awaited]:
    """The acts of others that this agent may approve or refuse, the oldest first."""
    asking = aliased(Account)
    waiting = (
        select(DeskAct, Account, asking)
        .join(Account, Account.id == DeskAct.account_id)
        .join(asking, asking.id == DeskAct.agent_id)
        .where(_waits_for(agent))
        .order_by(DeskAct.created_at)
        .limit(200)
    )
    found = db.session.execute(waiting).all() if agent.may("approve") else ()
    return [Awaited(row, person, by) for row, person, by in found]


def how_many_awaited(agent: Agent) -> int:
    """How many acts of others this agent may approve or refuse."""
    waiting = select(func.count()).select_from(DeskAct).join(Account, Account.id == DeskAct.account_id)
    return db.session.scalar(waiting.where(_waits_for(agent))) or 0 if agent.may("approve") else 0


def _waits_for(agent: Agent) -> ColumnElement[bool]:
    """A condition on `DeskAct` and its `Account`: acts of others, on people whom this agent sees and outranks."""
    lower = [role for role in RIGHTS if may_act_on(agent.role, role, is_self=False)]
    peers = select(StaffMember.account_id).where(StaffMember.ended_at.is_(None), StaffMember.role.not_in(lower))
    return and_(
        DeskAct.state == WAITING,
        DeskAct.approved_at.is_(None),
        DeskAct.created_at > tools().clock.now() - APPROVAL_LIFETIME,
        DeskAct.agent_id != agent.account_id,
        Account.id != agent.account_id,
        Account.id.not_in(peers),
        desk_scope.within(agent),
    )


def settle(agent_id: str, act_id: str, *, approve: bool, seen: str = "") -> DeskAct:
    """A second agent approves an act, which then is done, or refuses it; who asked may take it back by refusing.

    Its own transaction; of several words the first counts, and the row tells which. `seen` names the dry run that was approved. Raises
    `OutOfReach`, `Changed`, and `NotPossible` for an act that has nothing left to do or whose caller is not checked any more.
    """
    now = tools().clock.now()
    account_id = db.session.scalar(select(DeskAct.account_id).where(DeskAct.id == act_id))
    if account_id is None:
        raise OutOfReach
    with write():
        row = db.session.get_one(DeskAct, act_id)
        is_own = row.agent_id == agent_id
        if is_own and approve:
            raise OutOfReach
        agent, account = hold(agent_id, account_id, ACTS[row.act].right if is_own else "approve")  # type: ignore[index]
        db.session.refresh(row)
        if not is_awaited(row, now):
            return row
        if not approve or not _may_still(row, account):
            row.state, row.approver_id, row.approved_at = REFUSED, agent.account_id, now
            tell(row, "refused", agent)
            return row
        if (words := why_not(row)) is not None:
            raise NotPossible(words)
        dry = dry_run(Subject(account), row.act, row.step)  # type: ignore[arg-type]
        if dry.plan.seen != seen:
            raise Changed
        row.approver_id, row.approved_at = agent.account_id, now
        tell(row, "approved", agent)
        if WORKS[dry.act.name].waits:
            WORKS[dry.act.name].do(account, dry.plan, Doing(agent.name, now, "reset"), row)
        else:
            carry_out(account, row, dry, agent.name, now)
            tell(row, "done", agent)
        db.session.flush()
        return row


def _may_still(row: DeskAct, account: Account) -> bool:
    """Whether the agent who asked could still ask now: a right that is gone takes its waiting acts with it."""
    asking = staff.agent(db.session.get(Account, row.agent_id, populate_existing=True))
    if asking is None or desk_scope.find(asking, account.id) is None:
        return False
    return may_act(asking, account, ACTS[row.act].right)  # type: ignore[index]


def take_pass(agent_id: str, act_id: str) -> MadePass | None:
    """Make the approved temporary pass, for the agent who asked and reads it out; None when it was shown already or is too old.

    Its own transaction. Raises `OutOfReach`, `NotPossible`.
    """
    now = tools().clock.now()
    account_id = db.session.scalar(select(DeskAct.account_id).where(DeskAct.id == act_id, DeskAct.agent_id == agent_id))
    if account_id is None:
        raise OutOfReach
    with write():
        agent, account = hold(agent_id, account_id, ACTS["temporary-pass"].right)
        row = db.session.get_one(DeskAct, act_id, populate_existing=True)
        dry = dry_run(Subject(account), "temporary-pass", None)
        if caller_checks.is_flagged_since(account.id, row.approved_at):
            raise NotPossible(
                _l("On the phone it was answered that the call was not this person’s. Ask for a pass anew.")
            )
        approved = update(DeskAct).where(
            DeskAct.id == act_id,
            DeskAct.act == "temporary-pass",
            DeskAct.state == WAITING,
            DeskAct.approved_at > now - APPROVAL_LIFETIME,
        )
        if rows_changed(approved.values(state=DONE, done_at=now)) != 1:
            return None
        made = passes.make(account, agent.name)
        assert dry.plan.notice is not None
        desk_act_notices.done(account, dry.plan.notice, now, was_closed=False)
        tell(row, "done", agent)
        return made
