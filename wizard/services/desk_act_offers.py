"""Which acts the card offers an agent, with their words, and why one is not possible now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel.speaklater import LazyString
from sqlalchemy import select

from wizard.domain.desk_rights import ACTS, ActName
from wizard.extensions import tools
from wizard.models import Account, DeskAct, db
from wizard.services import caller_checks, resets
from wizard.services.desk_act_approvals import APPROVAL_LIFETIME
from wizard.services.desk_act_doing import DONE, UNDONE, WAITING, dry_run
from wizard.services.desk_act_hold import may_act
from wizard.services.desk_act_plans import NotPossible
from wizard.services.desk_act_words import DANGEROUS, act_words
from wizard.services.staff import Agent

ORDER: tuple[ActName, ...] = (
    "resend", "new-code", "unlock", "reset-step", "send-guide", "temporary-pass", "change-address", "switch-off-second-step",
    "end-sessions", "enable", "disable", "report-abuse",
)  # fmt: skip
LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Offer:
    """One button of the card. `disabled` says why it cannot be done now (None: it can); `dangerous` draws it as such."""

    act: ActName
    step: str | None
    words: LazyString
    url: str
    disabled: LazyString | None
    needs_pair: bool
    dangerous: bool


@dataclass(frozen=True)
class Recent:
    """An act that may be taken back, or that waits: for a second agent, for the pass to be shown, for its time."""

    row: DeskAct
    words: LazyString
    agent: str
    may_undo: bool
    waits_for: str | None


def offered(agent: Agent, account: Account) -> list[Offer]:
    """Every act that this agent has the right to; none for themselves, peers and higher roles. Resets: one for each step done."""
    return [offer for act in ORDER if may_act(agent, account, ACTS[act].right) for offer in _offers(account, act)]


def _offers(account: Account, act: ActName) -> list[Offer]:
    if act != "reset-step":
        return [_offer(account, act, None)]
    return [offer for step in steps_of(account) if (offer := _offer(account, act, step)).disabled is None]


def steps_of(account: Account) -> list[str]:
    """The steps that could be reset for this account, each under one name; single ways only where there are several."""
    moved = account.journey == "migrated-account"
    ways = resets.ways_of(account)
    return [
        "enter-password",
        "verify-email",
        "create-password" if moved else "change-password",
        *([resets.WAY + row.id for row in ways] if len(ways) > 1 else []),
        "choose-authenticator",
        "keep-recovery-codes",
        "check-details",
    ]


def _offer(account: Account, act: ActName, step: str | None) -> Offer:
    disabled, needs_pair = None, ACTS[act].second_pair
    try:
        needs_pair = dry_run(account, act, step).needs_pair
    except NotPossible as refusal:
        disabled = refusal.words
    url = f"/helpdesk/people/{account.id}/acts/{act}" + (f"?step={step}" if step else "")
    return Offer(act, step, act_words(act, step), url, disabled, needs_pair, act in DANGEROUS)


def recent(agent: Agent, account: Account) -> list[Recent]:
    """What waits or may still be taken back, the newest first."""
    now = tools().clock.now()
    rows = select(DeskAct, Account).join(Account, Account.id == DeskAct.agent_id)
    rows = rows.where(DeskAct.account_id == account.id, DeskAct.state.in_((WAITING, DONE)))
    rows = rows.where(DeskAct.created_at > now - LOOKED_BACK).order_by(DeskAct.created_at.desc()).limit(20)
    found = [_recent(agent, account, row, by, now) for row, by in db.session.execute(rows)]
    return [each for each in found if each.may_undo or each.waits_for]


def _recent(agent: Agent, account: Account, row: DeskAct, by: Account, now: datetime) -> Recent:
    open_to_undo = row.undo_until is not None and row.undo_until > now and row.state != UNDONE
    right = ACTS[row.act].right  # type: ignore[index]
    return Recent(
        row=row,
        words=act_words(row.act, row.step),
        agent=by.name or by.email,
        may_undo=open_to_undo and may_act(agent, account, right),
        waits_for=_waits_for(agent, row, now),
    )


def _waits_for(agent: Agent, row: DeskAct, now: datetime) -> str | None:
    """ "approval", "pass" (the agent who asked shows it now) or "time"; None: for nothing (any more)."""
    if row.state != WAITING:
        return None
    if row.approved_at is None:
        return "approval" if row.created_at + APPROVAL_LIFETIME > now else None
    if row.act == "temporary-pass":
        return "pass" if row.agent_id == agent.account_id and row.approved_at + APPROVAL_LIFETIME > now else None
    return "time"


@dataclass(frozen=True)
class Cautions:
    """What every agent is to know before acting: when the phone said "they called me", and when abuse was reported."""

    flagged_at: datetime | None
    abuse_at: datetime | None


def cautions(account: Account) -> Cautions:
    now = tools().clock.now()
    reported = select(DeskAct.done_at).where(
        DeskAct.account_id == account.id, DeskAct.act == "report-abuse", DeskAct.state == DONE
    )
    reported = reported.where(DeskAct.done_at > now - LOOKED_BACK).order_by(DeskAct.done_at.desc()).limit(1)
    return Cautions(caller_checks.flagged_at(account.id, now), db.session.scalar(reported))
