"""Resetting exactly one step of one person: an agent's act.

Position is derived from facts, so ending the fact that a step stands on is the whole reset. Every reset names its step; there is
no "reset everything".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from wizard.domain import assurance
from wizard.extensions import tools
from wizard.models import Account, Proof, db, write
from wizard.models.database import rows_changed
from wizard.services import addresses, audit, enrolment, issues, mails, passwords, recovery_codes
from wizard.services.facts import account_facts
from wizard.services.visits import lock_account, revoke, sessions_of


class UnknownStep(Exception):
    """No step of this name can be reset; `known` lists those that can."""

    def __init__(self, known: list[str]) -> None:
        self.known = known
        super().__init__("Steps that can be reset: " + ", ".join(known))


class NothingToReset(Exception):
    """The step is not done for this account, so there is nothing to end."""


@dataclass(frozen=True)
class Reset:
    """What was ended, in a stable word, and the journey that the person now owes (None: none)."""

    ended: str
    owes: str | None


def reset(account_id: str, step: str, by: str) -> Reset:
    """End the fact that `step` (a slug such as "change-password") stands on, in a transaction of its own.

    `by` names who did it, for the trail. Raises `UnknownStep`, `NothingToReset`.
    """
    act = RESETS.get(step.replace("_", "-"))
    if act is None:
        raise UnknownStep(sorted(RESETS))
    now = tools().clock.now()
    with write():
        account = lock_account(account_id)
        if account is None:
            raise NothingToReset
        ended = act(account, by, now)
        audit.record("step-reset", account_id=account.id, actor=by, step=step.replace("_", "-"))
        db.session.flush()
        return Reset(ended, assurance.owed(account_facts(account), tools().settings.second_factor))


def _password(account: Account, by: str, now: datetime) -> str:
    """An own password is ended (forgotten-password is then owed). Before the first one the account is made as new."""
    if passwords.end_own_password(account, "reset", by, now):
        mails.password_ended(account, by="agent")
        return "own-password"
    if account.password_ended_at is not None:
        raise NothingToReset
    return _as_new(account, by, now)


def _as_new(account: Account, by: str, now: datetime) -> str:
    had_issue = issues.end_open(account.id, "reset")
    had_factor = enrolment.end_all(account, "reset", by, now) or account.factor_since is not None
    account.factor_since = account.factor_skipped_at = account.codes_skipped_at = None
    recovery_codes.end(account, "reset", now)
    had_sessions = _end_sessions(account, now)
    if not (had_issue or had_factor or had_sessions):
        raise NothingToReset
    return account.journey


def _authenticators(account: Account, by: str, now: datetime) -> str:
    """The second step is ended. With an own password replace-phone is then owed; before it the second step is set up as new."""
    skipped = account.factor_skipped_at is not None
    account.factor_skipped_at = None
    ended = enrolment.end_all(account, "reset", by, now)
    if not ended and not skipped:
        raise NothingToReset
    if account.password_hash is None and account.password_ended_at is None:
        account.factor_since = None
    _end_sessions(account, now)
    return "second-step"


def _issue(account: Account, _by: str, now: datetime) -> str:
    """The temporary password and the button are ended; a new invitation is sent by `perron invitations send`."""
    if not issues.end_open(account.id, "reset"):
        raise NothingToReset
    _end_sessions(account, now)
    return "issue"


def _address(account: Account, _by: str, now: datetime) -> str:
    """Open mailed codes and proven addresses end."""
    codes = addresses.end_codes(account, "reset", now)
    mine = update(Proof).where(
        Proof.account_id == account.id, Proof.kind == assurance.ADDRESS, Proof.ended_at.is_(None)
    )
    if not codes + rows_changed(mine.values(ended_at=now)):
        raise NothingToReset
    return "address"


def _codes(account: Account, _by: str, now: datetime) -> str:
    """The recovery codes end; they are offered again."""
    skipped = account.codes_skipped_at is not None
    account.codes_skipped_at = None
    if not recovery_codes.end(account, "reset", now) and not skipped:
        raise NothingToReset
    return "recovery-codes"


def _details(account: Account, _by: str, _now: datetime) -> str:
    """The details are checked once more; who is signed in is asked on the next page."""
    if account.details_confirmed_at is None:
        raise NothingToReset
    account.details_confirmed_at = None
    return "details"


def _end_sessions(account: Account, now: datetime) -> int:
    return revoke(sessions_of(account.id), "reset", now)


RESETS: dict[str, Callable[[Account, str, datetime], str]] = {
    "enter-password": _issue,
    "check-details": _details,
    "create-password": _password,
    "verify-email": _address,
    "choose-authenticator": _authenticators,
    "enter-code": _authenticators,
    "change-password": _password,
    "keep-recovery-codes": _codes,
}
