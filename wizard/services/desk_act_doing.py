"""Doing an act once it is decided: its dry run, the work itself, its row and the mail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wizard.domain.desk_rights import ACTS, LOST, Act, ActName
from wizard.extensions import tools
from wizard.models import Account, DeskAct, db
from wizard.services import desk_act_access, desk_act_factors, desk_act_mailing, desk_act_notices
from wizard.services.desk_act_address import CHANGE_ADDRESS
from wizard.services.desk_act_endings import Doing
from wizard.services.desk_act_plans import Plan, Work
from wizard.services.desk_subject import DONE, Subject

REFUSED, UNDONE, RUN_OUT = "refused", "undone", "run-out"
WORKS: dict[ActName, Work] = {
    "resend": desk_act_mailing.RESEND,
    "new-code": desk_act_mailing.NEW_CODE,
    "send-guide": desk_act_mailing.SEND_GUIDE,
    "unlock": desk_act_access.UNLOCK,
    "end-sessions": desk_act_access.END_SESSIONS,
    "report-abuse": desk_act_access.REPORT_ABUSE,
    "disable": desk_act_access.DISABLE,
    "enable": desk_act_access.ENABLE,
    "reset-step": desk_act_factors.RESET_STEP,
    "switch-off-second-step": desk_act_factors.SWITCH_OFF,
    "temporary-pass": desk_act_factors.TEMPORARY_PASS,
    "withdraw-pass": desk_act_factors.WITHDRAW_PASS,
    "change-address": CHANGE_ADDRESS,
}


class Changed(Exception):
    """What the act would end is not any more what the agent was shown."""


@dataclass(frozen=True)
class Dry:
    """An act's dry run: what it would do, whether a second agent must approve, and whether it can be taken back."""

    act: Act
    plan: Plan
    needs_pair: bool

    @property
    def can_be_undone(self) -> bool:
        return self.act.can_be_undone and (self.plan.can_be_undone or self.act.name == "change-address")


def dry_run(subject: Subject, act: ActName, step: str | None) -> Dry:
    """What the act would do to the account now. Reads only. Raises `NotPossible`."""
    plan = replace(WORKS[act].plan(subject, step or ""), step=step or None)
    flagged = ACTS[act].checks_caller and subject.flagged_at is not None
    return Dry(ACTS[act], plan, needs_pair=ACTS[act].second_pair or plan.takes_last_way or flagged)


def carry_out(account: Account, row: DeskAct, dry: Dry, by: str, now: datetime) -> None:
    """Do what the dry run says, note what has ended, tell the person."""
    lost, was_closed = row.reason == LOST, account.disabled_at is not None
    undoable = dry.can_be_undone and not lost
    row.done_at, row.state, row.ended = now, DONE, {kind: list(ids) for kind, ids in dry.plan.ends.items()}
    if undoable:
        row.undo_until = now + timedelta(seconds=tools().settings.undo_time)
    doing = Doing(by, now, "lost" if lost else "reset", undoable=undoable)
    WORKS[dry.act.name].do(account, dry.plan, doing, row)
    if dry.plan.notice is not None:
        desk_act_notices.done(account, dry.plan.notice, now, was_closed=was_closed)
    db.session.flush()
