"""Making, keeping and using recovery codes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy import func, select, update

from wizard.domain import assurance, recovery_codes
from wizard.domain.browsers import browser_name
from wizard.domain.journey_names import REPLACE_PHONE
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, RecoveryCode, RecoveryCodeSet, db
from wizard.models.database import rows_changed
from wizard.services import attempts, audit, mails, proofs
from wizard.services.facts import facts_of
from wizard.services.recovery_code_sets import left, shown_set
from wizard.services.visits import Visit

METHOD = "recovery-code"
ATTEMPTS = "recovery-code"
PURPOSE = "recovery-code"


@dataclass(frozen=True)
class RecoveryEvidence:
    """This code of the account fitted and was unused."""

    code_id: str
    account_id: str


def shown_codes(visit: Visit) -> tuple[str, ...]:
    """The codes to be copied; empty when none are being shown."""
    found = shown_set(visit.session)
    if found is None or found.shown is None:
        return ()
    return tuple(json.loads(tools().keyring.decrypt(PURPOSE, found.shown)))


def make(visit: Visit) -> bool:
    """Make a set to be shown, unless one is; False when this session may not. It opens nothing before it is kept."""
    account, session = visit.account, visit.session
    if account is None or session is None:
        return False
    if shown_set(session) is not None:
        return True
    if not assurance.may_make_codes(facts_of(account, session, visit.now)):
        return False
    codes = recovery_codes.new_codes()
    made = RecoveryCodeSet(
        id=new_id(),
        account_id=account.id,
        session_id=session.id,
        shown=tools().keyring.encrypt(PURPOSE, json.dumps(codes).encode()),
        created_at=visit.now,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add_all(RecoveryCode(id=new_id(), set_id=made.id, code_hash=_digest(account.id, code)) for code in codes)
    return True


def keep(visit: Visit) -> bool:
    """The person has the codes: from now on they open, and every older set ends (SEC-17). False when none were shown."""
    found = shown_set(visit.session)
    if found is None or visit.account is None or found.account_id != visit.account.id:
        return False
    end(visit.account, "replaced", visit.now, besides=found.id)
    found.kept_at, found.shown = visit.now, None
    visit.account.codes_skipped_at = None
    audit.record("codes-kept", account_id=visit.account.id, actor="person", session_id=found.session_id)
    return True


def skip(visit: Visit) -> None:
    """Not now: the shown codes are forgotten, and they are offered again on the signed-in home."""
    found = shown_set(visit.session)
    if found is not None:
        found.ended_at, found.ended_reason, found.shown = visit.now, "skipped", None
    if visit.account is not None and visit.session is not None:
        visit.account.codes_skipped_at = visit.now
        audit.record("codes-skipped", account_id=visit.account.id, actor="person", session_id=visit.session.id)


def end(account: Account, reason: str, now: datetime, besides: str | None = None) -> int:
    """End the account's sets but the one named; returns how many were kept ones."""
    still = [
        RecoveryCodeSet.account_id == account.id,
        RecoveryCodeSet.ended_at.is_(None),
        RecoveryCodeSet.id != (besides or ""),
    ]
    kept = db.session.scalar(
        select(func.count()).select_from(RecoveryCodeSet).where(*still, RecoveryCodeSet.kept_at.is_not(None))
    )
    rows_changed(update(RecoveryCodeSet).where(*still).values(ended_at=now, ended_reason=reason, shown=None))
    return kept or 0


def check(account_id: str, typed: str) -> RecoveryEvidence | None:
    """Look the code up among this account's own (CVE-2025-64175)."""
    digests = _digests(account_id, typed)
    found = (
        select(RecoveryCode.id)
        .join(RecoveryCodeSet, RecoveryCodeSet.id == RecoveryCode.set_id)
        .where(
            RecoveryCodeSet.account_id == account_id,
            RecoveryCodeSet.kept_at.is_not(None),
            RecoveryCodeSet.ended_at.is_(None),
        )
        .where(RecoveryCode.code_hash.in_(digests), RecoveryCode.used_at.is_(None))
    )
    code_id = db.session.scalar(found)
    return RecoveryEvidence(code_id, account_id) if code_id else None


def accept(visit: Visit, evidence: RecoveryEvidence, journey: str) -> bool:
    """Use the code up: one conditional UPDATE; proves the factor and tells the person how many are left."""
    account = visit.account
    if account is None or account.id != evidence.account_id:
        return False
    of_a_living_set = select(RecoveryCodeSet.id).where(
        RecoveryCodeSet.account_id == account.id, RecoveryCodeSet.ended_at.is_(None)
    )
    unused = update(RecoveryCode).where(
        RecoveryCode.id == evidence.code_id, RecoveryCode.used_at.is_(None), RecoveryCode.set_id.in_(of_a_living_set)
    )
    if rows_changed(unused.values(used_at=visit.now)) != 1:
        return False
    attempts.reset(ATTEMPTS, account.id)
    proofs.prove(visit, account, assurance.FACTOR, METHOD)
    remaining = left(account.id)
    assert visit.session is not None
    audit.record(
        "recovery-code-used",
        account_id=account.id,
        actor="person",
        session_id=visit.session.id,
        left=remaining,
        journey=journey,
    )
    mails.recovery_code_used(
        account,
        visit.now,
        browser_name(request.user_agent.string),
        remaining,
        are_replaced=journey == REPLACE_PHONE,
    )
    return True


def _digest(account_id: str, code: str) -> str:
    return tools().keyring.digest(PURPOSE, f"{account_id}:{recovery_codes.fold_recovery_code(code)}")


def _digests(account_id: str, typed: str) -> list[str]:
    return tools().keyring.digests(PURPOSE, f"{account_id}:{recovery_codes.fold_recovery_code(typed)}")
