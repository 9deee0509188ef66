"""Verifying who calls: an agent reads a number out, the caller types it on the linked phone, and the phone names the act (SEC-56).

A check is a request to the phone, of the purpose "caller:<act>", that an agent's session asks. It proves nothing for any session: a
right answer only lets that agent say, in that one act, that the caller was checked by the phone. Nobody who signs in supersedes it:
their request takes the one open place of the account, but a check ends only by its answer, its time, the agent's session or a newer
check. A newer check also takes back a right answer that was not used yet: the newest word of the phone counts. Where the person
has several phones, another one may still warn after the first has answered. Its number is derived from its id, so that it needs no
place of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import ColumnElement, Select, and_, or_, select, update

from wizard.adapters.phone_keys import KeyRefused
from wizard.domain.desk_rights import ACTS, ActName
from wizard.domain.number_match import NOT_ME, WRONG, YES, Answer, fold_number
from wizard.domain.secrets_made import new_id, new_token
from wizard.domain.throttle import Window
from wizard.extensions import tools
from wizard.models import Account, ApprovalRequest, AuditEvent, Authenticator, DeskAct, Device, Session, db, write
from wizard.models.database import rows_changed
from wizard.services import approvals, attempts, audit, devices, late_answers, mails, signals
from wizard.services.desk_act_events import FLAGGED
from wizard.services.desk_act_hold import hold
from wizard.services.devices import Signed
from wizard.services.staff import Agent
from wizard.services.visits import Visit, lock_account

CALLER = "caller:"
CALLED_ME = "called-me"
WARNINGS = (CALLED_ME, NOT_ME)
ANSWERS = (YES, *WARNINGS)
ASKS, ASKS_IN_TEN_MINUTES = "caller-checks", Window(5, 600)
COUNTS = timedelta(minutes=15)
"""How long a right answer lets the agent act."""
CAUTION = timedelta(days=1)
"""How long after "they called me" every act with a caller needs a second agent."""
NUMBER = "caller-number"
OUTLIVED = ("replaced", "proven")  # why a request leaves its place, without that the check ends
State = Literal["none", "waiting", "yes", "wrong", "called-me", "not-me", "expired", "used", "ended"]
Result = Literal["answered", "refused", "number-differs", "ended", "key-refused"]


class NoPhone(Exception):
    """No phone of this person is linked."""


class TooManyChecks(Exception):
    """The phone was asked too often; `until` is when it may be asked again."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__("The phone was asked too often.")
        self.until = until


@dataclass(frozen=True)
class Wanted:
    """What a check is to allow: an act and, for a reset, its step."""

    act: ActName
    step: str | None = None

    @property
    def purpose(self) -> str:
        return CALLER + ":".join(part for part in (self.act, self.step) if part)


def wanted_of(purpose: str) -> Wanted | None:
    """What a request's purpose allows; None for a request that is no check of a caller."""
    if not purpose.startswith(CALLER):
        return None
    act, _colon, step = purpose.removeprefix(CALLER).partition(":")
    return Wanted(act, step or None) if act in ACTS else None


def has_phone(account_id: str) -> bool:
    """Whether a proven phone is linked that could answer."""
    linked = select(Authenticator.id).where(
        Authenticator.account_id == account_id,
        Authenticator.kind == devices.PHONE,
        Authenticator.device_id.is_not(None),
        Authenticator.proven_at.is_not(None),
        Authenticator.ended_at.is_(None),
    )
    return db.session.scalar(linked.limit(1)) is not None


def ask(visit: Visit, agent_id: str, account_id: str, wanted: Wanted) -> None:
    """Ask the person's phones, in a transaction of its own. Raises `OutOfReach`, `NoPhone`, `TooManyChecks`."""
    counted = attempts.count(ASKS, account_id, ASKS_IN_TEN_MINUTES)
    if not counted.allowed:
        raise TooManyChecks(counted.paused_until)
    with write():
        agent, account = hold(agent_id, account_id, ACTS[wanted.act].right)
        session = visit.session
        if not has_phone(account.id) or session is None:
            raise NoPhone
        earlier = update(ApprovalRequest).where(_of_account(account.id), or_(_lives(visit.now), _allows()))
        rows_changed(earlier.values(ended_at=visit.now, ended_reason="asked-again"))
        approvals.end_open(account.id, "replaced", visit)
        db.session.add(_new(visit, session.id, agent, account, wanted))
        linked = select(Authenticator.device_id).where(
            Authenticator.account_id == account.id, Authenticator.ended_at.is_(None)
        )
        for device_id in db.session.scalars(linked.where(Authenticator.device_id.is_not(None))):
            signals.send(f"device:{device_id}")


def _new(visit: Visit, session_id: str, agent: Agent, account: Account, wanted: Wanted) -> ApprovalRequest:
    asked, keyring = new_id(), tools().keyring
    number = next(_numbers(asked))
    found = ApprovalRequest(
        id=asked,
        account_id=account.id,
        session_id=session_id,
        purpose=wanted.purpose,
        challenge=new_token(),
        shown=None,
        number_hash=keyring.digest(approvals.NUMBER, f"{asked}:{number}"),
        scan_hash=keyring.digest(approvals.SCAN, new_token()),  # a caller is not in front of the agent's screen
        browser=tools().settings.brand_name,
        source=visit.session.source if visit.session else "",
        created_at=visit.now,
        ends_at=visit.now + timedelta(seconds=tools().settings.approval_lifetime),
    )
    audit.record("caller-asked", account_id=account.id, actor=agent.name, request=asked, purpose=wanted.purpose)
    return found


def _numbers(request_id: str) -> Iterator[str]:
    lowest: int = 10 ** (tools().settings.number_digits - 1)
    for digest in tools().keyring.digests(NUMBER, request_id):
        yield str(lowest + int(digest, 16) % (9 * lowest))


def number_of(found: ApprovalRequest) -> str | None:
    """The number that the agent reads out; None when its master secret was taken away."""
    return next((number for number in _numbers(found.id) if _is_number(found, number)), None)


def _is_number(found: ApprovalRequest, typed: str) -> bool:
    return found.number_hash in tools().keyring.digests(approvals.NUMBER, f"{found.id}:{typed}")


def newest(agent_id: str, account_id: str) -> ApprovalRequest | None:
    """This agent's newest check of this person, whatever has become of it."""
    mine = select(ApprovalRequest).join(Session, Session.id == ApprovalRequest.session_id)
    mine = mine.where(_of_account(account_id), Session.account_id == agent_id)
    return db.session.scalar(mine.order_by(ApprovalRequest.created_at.desc(), ApprovalRequest.id.desc()).limit(1))


def state(found: ApprovalRequest | None, now: datetime) -> State:
    """How the check stands; its end is compared here."""
    if found is None or _is_taken_back(found):
        return "none"
    if found.answer == YES:
        assert found.answered_at is not None
        if found.claimed_at is not None:
            return "used"
        return "yes" if found.answered_at + COUNTS > now else "expired"
    if found.answer in {WRONG, *WARNINGS}:
        return found.answer  # type: ignore[return-value]
    if found.ends_at <= now:
        return "expired"
    return "waiting" if is_open(found, now) else "ended"


def _is_taken_back(found: ApprovalRequest) -> bool:
    """Whether a newer check, another agent's, has come after the right answer before it was used."""
    return found.answer == YES and found.claimed_at is None and found.ended_reason != YES


def is_open(found: ApprovalRequest, now: datetime) -> bool:
    """Whether the check may still be answered, although somebody else's request may have taken its place."""
    is_place_taken = found.ended_at is None or found.ended_reason in OUTLIVED
    return found.answer is None and is_place_taken and found.ends_at > now


def waiting_on(account_id: str, now: datetime) -> ApprovalRequest | None:
    """The check of this account that waits for its phone."""
    return db.session.scalar(select(ApprovalRequest).where(_of_account(account_id), _lives(now)).limit(1))


def _of_account(account_id: str) -> ColumnElement[bool]:
    return and_(ApprovalRequest.account_id == account_id, ApprovalRequest.purpose.startswith(CALLER))


def _lives(now: datetime) -> ColumnElement[bool]:
    in_place = or_(ApprovalRequest.ended_at.is_(None), ApprovalRequest.ended_reason.in_(OUTLIVED))
    return and_(ApprovalRequest.answer.is_(None), in_place, ApprovalRequest.ends_at > now)


def _allows() -> ColumnElement[bool]:
    """A right answer that was neither used nor taken back by a newer check."""
    return and_(
        ApprovalRequest.answer == YES, ApprovalRequest.claimed_at.is_(None), ApprovalRequest.ended_reason == YES
    )


def give_answer(visit: Visit, device: Device, found: ApprovalRequest, said: Answer, signed: Signed) -> Result:
    """Take a phone's answer: its key is checked first, then one conditional UPDATE writes it. Opens its own transaction.

    Nobody's session or password ends by it, whatever is answered: the asking session is the agent's.
    """
    request_id, device_id = found.id, device.id
    try:
        sign_count = devices.check_answer(device, said, signed)
    except KeyRefused:
        return "key-refused"
    with write():
        account = lock_account(said.account_id)
        fresh = db.session.get(ApprovalRequest, request_id, populate_existing=True)
        held = db.session.get(Device, device_id, populate_existing=True)
        if account is None or fresh is None or held is None or held.ended_at is not None:
            return "ended"
        asking = db.session.get(Session, fresh.session_id, populate_existing=True)
        link = devices.link_to(held, account)
        if link is None or link.proven_at is None or asking is None:
            return "ended"
        answer = said.decision
        is_late = answer in WARNINGS and late_answers.may_deny(fresh, link, visit.now)
        if asking.revoked_at is not None and not is_late:
            return "ended"
        if answer == YES and not _is_number(fresh, fold_number(said.number)):
            answer = WRONG
        takes_it = update(ApprovalRequest).where(
            ApprovalRequest.id == request_id, late_answers.unchanged(fresh) if is_late else _lives(visit.now)
        )
        values = {"answer": answer, "answered_at": visit.now, "ended_at": visit.now, "ended_reason": answer}
        if rows_changed(takes_it.values(**values, authenticator_id=link.id)) != 1:
            return "ended"
        devices.note_use(held, sign_count, visit.now)
        audit.record("caller-answered", account_id=account.id, actor="person", request=request_id, answer=answer)
        if answer in WARNINGS:
            audit.record(FLAGGED, account_id=account.id, actor="person", request=request_id, answer=answer)
            mails.desk_caller_flagged(account, visit.now)
        signals.send(f"session:{fresh.session_id}")
    results: dict[str, Result] = {YES: "answered", WRONG: "number-differs"}
    return results.get(answer, "refused")


def has_answered(agent_id: str, account_id: str, wanted: Wanted) -> bool:
    """Whether the person's phone has allowed this agent this act, and it was not done yet."""
    return db.session.scalar(_answered(agent_id, account_id, wanted, tools().clock.now())) is not None


def use(agent_id: str, account_id: str, wanted: Wanted, now: datetime) -> bool:
    """Use the right answer up for one act, in the open transaction; False when there is none (any more)."""
    found = db.session.scalar(_answered(agent_id, account_id, wanted, now))
    if found is None:
        return False
    unused = update(ApprovalRequest).where(ApprovalRequest.id == found, ApprovalRequest.claimed_at.is_(None))
    return rows_changed(unused.values(claimed_at=now)) == 1


def _answered(agent_id: str, account_id: str, wanted: Wanted, now: datetime) -> Select[str]:
    alive = select(Authenticator.id).where(Authenticator.ended_at.is_(None))
    mine = select(ApprovalRequest.id).join(Session, Session.id == ApprovalRequest.session_id)
    return mine.where(
        _of_account(account_id),
        Session.account_id == agent_id,
        ApprovalRequest.purpose == wanted.purpose,
        _allows(),
        ApprovalRequest.answered_at > now - COUNTS,
        ApprovalRequest.authenticator_id.in_(alive),
    ).limit(1)


def is_taken_back(row: DeskAct) -> bool:
    """Whether a linked phone has said anything but yes since the act was allowed, or was asked about it again in vain.

    `claimed_at` tells for certain that a warning came after the yes that this act used up: the phone's time and the agent's are those at
    which their requests began.
    """
    if row.checked_how != "phone":
        return False
    about_this = ApprovalRequest.purpose == Wanted(cast("ActName", row.act), row.step).purpose
    newer = and_(
        ApprovalRequest.created_at > row.created_at,
        or_(ApprovalRequest.answer != YES, and_(ApprovalRequest.answer.is_(None), about_this)),
    )
    after_the_yes = or_(ApprovalRequest.answered_at > row.created_at, ApprovalRequest.claimed_at >= row.created_at)
    warned = and_(ApprovalRequest.answer.in_(WARNINGS), after_the_yes)
    later = select(ApprovalRequest.id).where(_of_account(row.account_id), or_(newer, warned))
    return db.session.scalar(later.limit(1)) is not None


def is_flagged_since(account_id: str, at: datetime | None) -> bool:
    """Whether it was answered after `at`, the approval of an act, that the call was not this person's: the act then goes no further."""
    flags = select(AuditEvent.id).where(AuditEvent.account_id == account_id, AuditEvent.kind == FLAGGED)
    return at is not None and db.session.scalar(flags.where(AuditEvent.at >= at).limit(1)) is not None


def flagged_at(account_id: str, now: datetime) -> datetime | None:
    """When it was last answered, within a day, that the call was not this person's; None: it was not."""
    flags = select(AuditEvent.at).where(AuditEvent.account_id == account_id, AuditEvent.kind == FLAGGED)
    return db.session.scalar(flags.where(AuditEvent.at > now - CAUTION).order_by(AuditEvent.at.desc()).limit(1))
