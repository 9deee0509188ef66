"""Binding a code app, and using it: begin, confirm, prove, end.

The secret stays on the server, encrypted; it becomes an authenticator only when a code has proven it, so an interrupted set-up
locks nobody out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import request
from sqlalchemy import or_, select, update

from wizard.adapters.keyring import Undecipherable
from wizard.domain import assurance, totp
from wizard.domain.browsers import browser_name
from wizard.domain.return_paths import AFTER_THE_PASSWORD
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, Authenticator, Proof, db, write
from wizard.models.database import rows_changed
from wizard.services import attempts, audit, mails, proofs, recovery_codes
from wizard.services.facts import facts_of
from wizard.services.visits import Visit, revoke, sessions_of

CODE_APP = "code-app"
ATTEMPTS, ATTEMPTS_A_DAY = "code", "code-day"
SECRET_PURPOSE = "code-app"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CodeEvidence:
    """A code fitted this authenticator at this time step."""

    authenticator_id: str
    step: int


def begin(visit: Visit, kind: str) -> Authenticator | None:
    """Begin to bind a code app or a phone in this session, None when it may not. What this session had begun before is dropped."""
    account, session = visit.account, visit.session
    if account is None or session is None or not assurance.may_enrol(facts_of(account, session, visit.now)):
        return None
    drop_pending(visit)
    secret = tools().keyring.encrypt(SECRET_PURPOSE, totp.new_secret().encode()) if kind == CODE_APP else None
    pending = Authenticator(
        id=new_id(),
        account_id=account.id,
        session_id=session.id,
        kind=kind,
        label=_new_label(account),
        secret=secret,
        created_at=visit.now,
    )
    db.session.add(pending)
    audit.record(
        "enrolment-begun",
        account_id=account.id,
        actor="person",
        session_id=session.id,
        authenticator=pending.id,
        kind=kind,
    )
    return pending


def pending_of(visit: Visit) -> list[Authenticator]:
    """What this session has begun to bind and not proven yet."""
    if visit.session is None:
        return []
    mine = select(Authenticator).where(
        Authenticator.session_id == visit.session.id,
        Authenticator.proven_at.is_(None),
        Authenticator.ended_at.is_(None),
    )
    return list(db.session.scalars(mine))


def drop_pending(visit: Visit) -> None:
    """Drop what this session has begun to bind and not proven."""
    for pending in pending_of(visit):
        pending.ended_at, pending.ended_reason, pending.secret = visit.now, "dropped", None
        audit.record(
            "enrolment-dropped",
            account_id=pending.account_id,
            actor="person",
            session_id=pending.session_id,
            authenticator=pending.id,
        )
    db.session.flush()  # going back drops before a new one is begun: the second look must not find them again


def forget_device(visit: Visit) -> None:
    """The pending phone is not linked after all: the computer shows a new QR code."""
    for pending in pending_of(visit):
        if pending.device_id is not None:
            pending.device_id = pending.help_code = pending.help_code_at = None


def _new_label(account: Account) -> str:
    """A label unique per enrolment: an app must not overwrite an older entry of the same name."""
    used = set(db.session.scalars(select(Authenticator.label).where(Authenticator.account_id == account.id)))
    base = account.sign_in_name
    return next(label for n in range(1, len(used) + 2) if (label := base if n == 1 else f"{base} ({n})") not in used)


def follows_another(pending: Authenticator) -> bool:
    """Whether a code app was begun before this one and never proven: after a pause its secret may be in the person's app already.

    It is not shown again: whoever had the session before may have seen it too.
    """
    bound = select(Authenticator.proven_at).where(
        Authenticator.account_id == pending.account_id, Authenticator.proven_at.is_not(None)
    )
    latest = db.session.scalar(bound.order_by(Authenticator.proven_at.desc()).limit(1))
    begun = select(Authenticator.id).where(
        Authenticator.account_id == pending.account_id,
        Authenticator.kind == CODE_APP,
        Authenticator.proven_at.is_(None),
        Authenticator.id != pending.id,
        Authenticator.created_at <= pending.created_at,
    )
    if latest is not None:
        begun = begun.where(Authenticator.created_at > latest)
    return db.session.scalar(begun.limit(1)) is not None


def secret_of(authenticator_id: str) -> str:
    """The secret in base32. Raises `Undecipherable` when its master secret is not configured any more."""
    row = db.session.get(Authenticator, authenticator_id)
    assert row is not None
    assert row.secret is not None
    return tools().keyring.decrypt(SECRET_PURPOSE, row.secret).decode()


def check(authenticator_ids: list[str], code: str) -> CodeEvidence | totp.Refusal:
    """Compare `code` with these code apps; the evidence of the first that fits, else the most telling refusal."""
    now = tools().clock.now()
    refusals: list[totp.Refusal] = []
    for found in authenticator_ids:
        row = db.session.get(Authenticator, found)
        if row is None or row.ended_at is not None:
            continue
        try:
            secret = secret_of(found)
        except Undecipherable:  # its master secret was taken away: no code fits any more, and the helpdesk resets it
            _log.error("code-app-without-key", authenticator=found)
            continue
        answer = totp.match(secret, code, now, row.last_step, told_ahead=row.told_ahead)
        if isinstance(answer, totp.Match):
            return CodeEvidence(found, answer.step)
        refusals.append(answer)
        _keep_told(found, answer)
    return min(
        refusals, key=lambda refusal: refusal.reason is totp.Reason.WRONG, default=totp.Refusal(totp.Reason.WRONG)
    )


def _keep_told(authenticator_id: str, refusal: totp.Refusal) -> None:
    """The clock advice tells a guesser which code will be good soon: that one is burnt before the advice is given."""
    if refusal.reason is not totp.Reason.CLOCK or not (refusal.seconds_ahead or 0) > 0:
        return
    db.session.rollback()
    with write():
        rows_changed(update(Authenticator).where(Authenticator.id == authenticator_id).values(told_ahead=refusal.step))


def accept(visit: Visit, evidence: CodeEvidence, journey: str) -> str | None:
    """Take the code: a bound app proves the factor, a pending one is bound by it. Returns the reason of a refusal.

    Consumed by one conditional UPDATE (SEC-16, SEC-25): of fifty posts of one code one wins.
    """
    account, session = visit.account, visit.session
    row = db.session.get(Authenticator, evidence.authenticator_id, populate_existing=True)
    if account is None or session is None or row is None or row.account_id != account.id:
        return "wrong-code"
    is_pending = row.proven_at is None
    facts = facts_of(account, session, visit.now)
    if is_pending and not (row.session_id == session.id and assurance.may_enrol(facts)):
        return "not-allowed"
    unused = update(Authenticator).where(
        Authenticator.id == row.id,
        Authenticator.ended_at.is_(None),
        Authenticator.proven_at.is_(None) if is_pending else Authenticator.proven_at.is_not(None),
        or_(Authenticator.last_step.is_(None), Authenticator.last_step < evidence.step),
    )
    if (
        rows_changed(
            unused.values(last_step=evidence.step, last_used_at=visit.now, proven_at=row.proven_at or visit.now)
        )
        != 1
    ):
        return "code-used"
    if is_pending:
        _bind(visit, account, row, beside=is_beside_one_just_proven(facts))
    attempts.reset(ATTEMPTS, account.id)
    attempts.reset(ATTEMPTS_A_DAY, account.id)
    proofs.prove(visit, account, assurance.FACTOR, "totp", authenticator_id=row.id)
    audit.record(
        "factor-proven", account_id=account.id, actor="person", session_id=session.id, method="totp", authenticator=row.id, journey=journey
    )  # fmt: skip
    return None


def accept_number(visit: Visit, row: Authenticator, purpose: str, journey: str) -> str | None:
    """A claimed answer proves the phone, and binds it when it was pending. Returns the reason of a refusal."""
    account, session = visit.account, visit.session
    if account is None or session is None or row.account_id != account.id or row.ended_at is not None:
        return "not-allowed"
    if row.proven_at is None:
        facts = facts_of(account, session, visit.now)
        if row.session_id != session.id or not assurance.may_enrol(facts):
            return "not-allowed"
        pending = update(Authenticator).where(Authenticator.id == row.id, Authenticator.proven_at.is_(None))
        if rows_changed(pending.where(Authenticator.ended_at.is_(None)).values(proven_at=visit.now)) != 1:
            return "not-allowed"
        _bind(visit, account, row, beside=is_beside_one_just_proven(facts))
    row.last_used_at = visit.now
    proofs.prove(visit, account, assurance.FACTOR, assurance.NUMBER, authenticator_id=row.id, purpose=purpose)
    named = {"method": assurance.NUMBER, "authenticator": row.id, "journey": journey}
    audit.record("factor-proven", account_id=account.id, actor="person", session_id=session.id, **named)
    return None


def is_beside_one_just_proven(facts: assurance.Facts) -> bool:
    """Whether what is bound now is added and replaces nothing.

    A code or a pass is no authenticator: whoever uses one has lost the older ones, or may have.
    """
    return facts.without_sign_in_numbers().own_factor_proof(facts.ages.step_up) is not None


def _bind(visit: Visit, account: Account, row: Authenticator, *, beside: bool) -> None:
    """The new authenticator ends every older one and all other sessions, unless it was added beside one just proven (SEC-21)."""
    assert visit.session is not None
    older = [item for item in proven(account) if item.id != row.id]
    again = [item for item in older if item.device_id is not None and item.device_id == row.device_id]
    end(account, again if beside else older, "replaced", "person", visit.now)
    if not beside:
        tell_removed(account, [item for item in older if item not in again], visit.now)
        recovery_codes.end(account, "authenticator-bound", visit.now)
        others = sessions_of(account.id, besides=visit.session.id)
        if revoke(others, "authenticator-bound", visit.now):
            audit.record(
                "sessions-ended", account_id=account.id, actor="system", count=len(others), reason="authenticator-bound"
            )
    _drop_others_pending(account, row, visit.now)
    account.factor_since = account.factor_since or visit.now
    account.factor_skipped_at = None
    visit.remember(lost=False)  # it was said of an older one
    if visit.return_to() == AFTER_THE_PASSWORD:
        visit.after_commit(lambda: visit.come_back_to(""))
    proofs.end_address_proofs(visit)
    audit.record(
        "authenticator-bound",
        account_id=account.id,
        actor="person",
        session_id=visit.session.id,
        authenticator=row.id,
        kind=row.kind,
    )
    if row.kind == CODE_APP:
        mails.code_app_bound(account, visit.now, browser_name(request.user_agent.string))
    else:
        mails.phone_linked(account, visit.now, row.label)


def _drop_others_pending(account: Account, row: Authenticator, now: datetime) -> None:
    others = update(Authenticator).where(
        Authenticator.account_id == account.id,
        Authenticator.id != row.id,
        Authenticator.proven_at.is_(None),
        Authenticator.ended_at.is_(None),
    )
    rows_changed(others.values(ended_at=now, ended_reason="overtaken", secret=None))


def proven(account: Account) -> list[Authenticator]:
    """The account's proven authenticators that have not ended, oldest first."""
    statement = select(Authenticator).where(
        Authenticator.account_id == account.id, Authenticator.proven_at.is_not(None), Authenticator.ended_at.is_(None)
    )
    return list(db.session.scalars(statement.order_by(Authenticator.created_at)))


def end(account: Account, rows: list[Authenticator], reason: str, actor: str, now: datetime) -> None:
    """End authenticators with the proofs that name them, in the open transaction."""
    for row in rows:
        row.ended_at, row.ended_reason, row.secret = now, reason, None
        rows_changed(
            update(Proof).where(Proof.authenticator_id == row.id, Proof.ended_at.is_(None)).values(ended_at=now)
        )
        audit.record("authenticator-ended", account_id=account.id, actor=actor, authenticator=row.id, reason=reason)
    db.session.flush()  # who looks again in this transaction must not find them


def remove(account: Account, authenticator_id: str, now: datetime) -> bool:
    """Take one authenticator away, at the person's wish; never the last one."""
    bound = proven(account)
    row = next((item for item in bound if item.id == authenticator_id), None)
    if row is None or len(bound) < 2:
        return False
    end(account, [row], "removed", "person", now)
    tell_removed(account, [row], now)
    return True


def end_lost_phones(visit: Visit) -> None:
    """Where the person has said that the phone is lost: from now on it confirms nothing, or of who has linked none the code app."""
    account = visit.account
    if account is None or not visit.typed.lost:
        return
    bound = proven(account)
    lost = [row for row in bound if row.device_id] or bound
    end(account, lost, "lost", "person", visit.now)
    visit.remember(lost=False)
    tell_removed(account, lost, visit.now)


def tell_removed(account: Account, rows: list[Authenticator], now: datetime) -> None:
    """A mail for each that confirms nothing any more; where none is left it says that another one is set up by signing in."""
    none_left = not proven(account)
    for row in rows:
        if row.kind == CODE_APP:
            mails.code_app_removed(account, now, browser_name(request.user_agent.string), none_left=none_left)
        else:
            mails.phone_removed(account, now, row.label, none_left=none_left)


def skip(visit: Visit) -> bool:
    """Keep in mind that the person does not want a second step now; False unless the policy leaves the choice."""
    if visit.account is None or visit.session is None or tools().settings.second_factor != "offered":
        return False
    visit.account.factor_skipped_at = visit.now
    drop_pending(visit)
    audit.record("factor-skipped", account_id=visit.account.id, actor="person", session_id=visit.session.id)
    return True
