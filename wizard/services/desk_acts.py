"""What agents do to an account: the list of acts, and doing one (SEC-56).

An act is one write transaction: the person's row is locked, the agent's right, scope and rank are asked again, the dry run is made
again and must be what the agent was shown, then act, row, audit event and mail. The form's id is the act's: posted twice it is one act.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext
from flask_babel.speaklater import LazyString

from wizard.domain.desk_rights import ACTS, ActName
from wizard.extensions import tools
from wizard.models import Account, DeskAct, db, write
from wizard.services import caller_checks, desk_act_mailing, staff
from wizard.services.caller_checks import Wanted
from wizard.services.desk_act_approvals import somebody_approves
from wizard.services.desk_act_doing import Changed, carry_out, dry_run
from wizard.services.desk_act_events import tell
from wizard.services.desk_act_hold import OutOfReach, hold, may_act
from wizard.services.desk_act_plans import NotPossible
from wizard.services.desk_subject import WAITING, Subject
from wizard.services.staff import Agent

__all__ = [
    "Changed",
    "NotChecked",
    "NotMine",
    "NotPossible",
    "Order",
    "OutOfReach",
    "nobody_approves",
    "submit",
]


class NotChecked(Exception):
    """The caller's phone has not allowed this act, or the answer was used already."""


class NotMine(ValueError):
    """The form's id belongs to another act."""


@dataclass(frozen=True)
class Order:
    """An act as its form asks for it. `form_id` becomes the act's id, `seen` names the dry run that was shown."""

    form_id: str
    act: ActName
    reason: str
    checked_how: str
    seen: str
    step: str | None = None
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def submit(agent_id: str, account_id: str, order: Order) -> DeskAct:
    """Do the act, or let it wait for a second agent; posted again it is the same act, whatever has become of it.

    Its own transaction. Raises `OutOfReach`, `NotPossible`, `Changed`, `NotChecked`, `NotMine`.
    """
    _count(agent_id, account_id, order)
    now = tools().clock.now()
    with write():
        agent, account = hold(agent_id, account_id, ACTS[order.act].right)
        before = db.session.get(DeskAct, order.form_id, populate_existing=True)
        if before is not None:
            return _same(before, agent_id, account_id, order)
        dry = dry_run(Subject(account), order.act, order.step)
        if dry.plan.seen != order.seen:
            raise Changed
        if order.checked_how == "phone" and not caller_checks.use(
            agent_id, account_id, Wanted(order.act, order.step), now
        ):
            raise NotChecked
        row = _row(agent, account, order, now)
        if dry.needs_pair:
            if not somebody_approves(agent_id, account):
                raise NotPossible(nobody_approves())
            tell(row, "asked", agent)
        else:
            carry_out(account, row, dry, agent.name, now)
            tell(row, "done", agent)
        db.session.flush()
        return row


def nobody_approves() -> LazyString:
    return _l("No other agent may approve this. Ask whoever looks after the helpdesk to name one.")


def _count(agent_id: str, account_id: str, order: Order) -> None:
    """The same form posted again does not count, nor does who may not act at all: that is settled under the lock."""
    if order.act != "resend" or db.session.get(DeskAct, order.form_id) is not None:
        return
    account, agent = db.session.get(Account, account_id), staff.agent(db.session.get(Account, agent_id))
    if account is None or agent is None or not may_act(agent, account, ACTS[order.act].right):
        raise OutOfReach
    if not desk_act_mailing.may_resend(account_id):
        raise NotPossible(
            lazy_ngettext(
                "The mail was sent %(num)s time this hour. Ask the person to look for it, also among spam.",
                "The mail was sent %(num)s times this hour. Ask the person to look for it, also among spam.",
                num=desk_act_mailing.RESENDS_AN_HOUR.limit,
            )
        )


def _same(row: DeskAct, agent_id: str, account_id: str, order: Order) -> DeskAct:
    if (row.agent_id, row.account_id, row.act, row.step) != (agent_id, account_id, order.act, order.step):
        raise NotMine
    return row


def _row(agent: Agent, account: Account, order: Order, now: datetime) -> DeskAct:
    row = DeskAct(
        id=order.form_id,
        account_id=account.id,
        agent_id=agent.account_id,
        act=order.act,
        step=order.step,
        details=order.details | ({"note": order.note} if order.note else {}),
        reason=order.reason,
        checked_how=order.checked_how,
        state=WAITING,
        created_at=now,
        ended={},
    )
    db.session.add(row)
    db.session.flush()
    return row
