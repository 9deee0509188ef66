"""Holding an account for an agent's act: who the agent is, and on whom they may act, asked again under the locks (SEC-56, SEC-57)."""

from __future__ import annotations

from sqlalchemy import select

from wizard.domain.desk_rights import RIGHTS, DeskRight, may_act_on
from wizard.models import Account, StaffMember, db
from wizard.services import desk_scope, staff
from wizard.services.staff import Agent
from wizard.services.visits import lock_account


class OutOfReach(LookupError):
    """There is no such person for this agent: not theirs to see, a peer, a higher role, themselves, or the right is gone."""


def rights_on(agent: Agent, account: Account) -> frozenset[DeskRight]:
    """With which rights this agent, as they are now, may act on somebody whom they see."""
    is_self = agent.account_id == account.id
    if is_self or not may_act_on(agent.role, staff.role_of(account.id), is_self=is_self):
        return frozenset()
    return frozenset(right for right in RIGHTS if agent.may(right))


def may_act(agent: Agent, account: Account, right: DeskRight) -> bool:
    """Whether this agent, as they are now, may act on somebody whom they see."""
    return right in rights_on(agent, account)


def hold(agent_id: str, account_id: str, right: DeskRight) -> tuple[Agent, Account]:
    """Lock the person's row, then the agent's right, inside `write()`, and read both anew. Raises `OutOfReach`.

    The right's row is locked so that a dismissal at the same moment comes wholly before the act or wholly after it.
    """
    account = lock_account(account_id)
    mine = select(StaffMember).where(StaffMember.account_id == agent_id).with_for_update()
    db.session.scalar(mine.execution_options(populate_existing=True))
    agent = staff.agent(db.session.get(Account, agent_id, populate_existing=True))
    if account is None or agent is None or desk_scope.find(agent, account_id) is None:
        raise OutOfReach
    if not may_act(agent, account, right):
        raise OutOfReach
    return agent, account
