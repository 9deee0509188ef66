"""Taking an act back: within its time, by conditional updates, and only while everything is as the act left it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, exists, or_, select, update

from wizard.domain.desk_rights import ACTS, LOST
from wizard.extensions import tools
from wizard.models import Account, Authenticator, DeskAct, RecoveryCode, RecoveryCodeSet, TemporaryPass, db, write
from wizard.models.database import rows_changed
from wizard.services import desk_act_address, desk_act_notices
from wizard.services.desk_act_approvals import APPROVAL_LIFETIME
from wizard.services.desk_act_doing import RUN_OUT, UNDONE
from wizard.services.desk_act_endings import ENDINGS, Doing
from wizard.services.desk_act_events import tell
from wizard.services.desk_act_hold import OutOfReach, hold
from wizard.services.desk_act_words import phone_words
from wizard.services.desk_subject import DONE, WAITING
from wizard.services.visits import lock_account

Undo = Literal["undone", "over", "changed"]
FACTOR_ACTS = frozenset({"reset-step", "switch-off-second-step"})
LOOKED_BACK = timedelta(days=40)
"""How far back acts are looked at whose time is over: longer than any time that is set."""


class _Changed(Exception):
    """Something is not as the act left it: the whole undo is rolled back."""


def undo(agent_id: str, act_id: str) -> Undo:
    """Revive exactly what the act ended; sessions and mailed secrets stay ended. Its own transaction. Raises `OutOfReach`.

    "over": its time is over, or it was taken back already. "changed": something new was bound or set, or the phone was called lost.
    """
    now = tools().clock.now()
    found = db.session.execute(select(DeskAct.account_id, DeskAct.act).where(DeskAct.id == act_id)).one_or_none()
    if found is None:
        raise OutOfReach
    try:
        with write():
            agent, account = hold(agent_id, found.account_id, ACTS[found.act].right)
            row = db.session.get_one(DeskAct, act_id, populate_existing=True)
            before = row.done_at
            open_still = update(DeskAct).where(DeskAct.id == act_id, _may_be_undone(now))
            if rows_changed(open_still.values(state=UNDONE, undone_at=now, undo_until=None)) != 1:
                return "over"
            if before is not None:
                _revive(account, row, before, agent.name)
            tell(row, "undone", agent)
            desk_act_notices.undone(account, phone_words(row.act, row.step), now)
    except _Changed:
        return "changed"
    return "undone"


def _may_be_undone(now: datetime) -> ColumnElement[bool]:
    scheduled = (DeskAct.state == WAITING) & DeskAct.approved_at.is_not(None)
    return (DeskAct.undo_until > now) & or_(DeskAct.state == DONE, scheduled)


def _revive(account: Account, row: DeskAct, done_at: datetime, by: str) -> None:
    if row.act in FACTOR_ACTS and _is_something_new(account.id, row, done_at):
        raise _Changed
    left = Doing(by, done_at, "reset", undoable=True)
    for kind, ids in row.ended.items():
        revive = ENDINGS[kind].revive
        if revive is not None and not revive(account, list(ids), left):
            raise _Changed
    db.session.flush()
    db.session.expire(account)


def _is_something_new(account_id: str, row: DeskAct, since: datetime) -> bool:
    """Whether a way to confirm was bound since, the phone was called lost (by whatever act), or what stands in for it was used."""
    mine = Authenticator.account_id == account_id
    others = mine & Authenticator.id.not_in(row.ended.get("authenticators", []))
    used = exists().where(RecoveryCode.set_id == RecoveryCodeSet.id, RecoveryCode.used_at >= since)
    called_lost = (
        DeskAct.account_id == account_id,
        DeskAct.id != row.id,
        DeskAct.reason == LOST,
        DeskAct.done_at >= since,
    )
    signs = (
        select(DeskAct.id).where(*called_lost),
        select(Authenticator.id).where(others, Authenticator.proven_at >= since),
        select(Authenticator.id).where(mine, Authenticator.ended_reason == "lost", Authenticator.ended_at >= since),
        select(RecoveryCodeSet.id).where(RecoveryCodeSet.account_id == account_id, used),
        select(TemporaryPass.id).where(TemporaryPass.account_id == account_id, TemporaryPass.used_at >= since),
    )
    return any(db.session.scalar(sign.limit(1)) is not None for sign in signs)


# What time does


def settle_due() -> int:
    """What is due by now: approved addresses count, acts that nobody approved run out, keys that were kept for an undo are wiped.

    Every use compares the time by itself; this only keeps rows from lying about. Returns how many acts were settled.
    """
    now = tools().clock.now()
    addresses = desk_act_address.due(now)
    passed = list(db.session.execute(_passed(now)).all())
    db.session.rollback()
    for act_id, account_id in addresses:
        with write():
            account = lock_account(account_id)
            row = db.session.get(DeskAct, act_id, populate_existing=True)
            if account is not None and row is not None:
                desk_act_address.take_effect(account, row, "system", now)
    for act_id, account_id in passed:
        with write():
            lock_account(account_id)
            _end_of_time(act_id, now)
    return len(addresses) + len(passed)


def _passed(now: datetime) -> Select[str, str]:
    long_ago = now - APPROVAL_LIFETIME
    asked = DeskAct.approved_at.is_(None) & (DeskAct.created_at <= long_ago)
    not_taken = (DeskAct.act == "temporary-pass") & (DeskAct.approved_at <= long_ago)
    unanswered = (DeskAct.state == WAITING) & or_(asked, not_taken)
    undoable = (DeskAct.state == DONE) & (DeskAct.undo_until <= now)
    recent = DeskAct.created_at > now - LOOKED_BACK
    return select(DeskAct.id, DeskAct.account_id).where(recent, or_(unanswered, undoable)).limit(100)


def _end_of_time(act_id: str, now: datetime) -> None:
    row = db.session.get(DeskAct, act_id, populate_existing=True)
    if row is None:
        return
    if row.state == WAITING:
        asked_or_approved = row.approved_at or row.created_at
        if asked_or_approved + APPROVAL_LIFETIME <= now:
            row.state = RUN_OUT
            tell(row, "run-out", None)
    elif row.state == DONE and row.undo_until is not None and row.undo_until <= now:
        row.undo_until = None
        kept = update(Authenticator).where(
            Authenticator.id.in_(row.ended.get("authenticators", [])), Authenticator.ended_at.is_not(None)
        )
        rows_changed(kept.values(secret=None))
