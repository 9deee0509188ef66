"""Temporary passes: an agent reads one out when no way is left; it stands in for the second step once (DESIGN, section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import ColumnElement, and_, select, update

from wizard.domain import assurance
from wizard.domain.browsers import browser_name
from wizard.domain.secrets_made import fold_temporary_password, new_id, new_temporary_password
from wizard.extensions import tools
from wizard.models import Account, TemporaryPass, db
from wizard.models.database import rows_changed
from wizard.services import attempts, audit, mails, proofs
from wizard.services.visits import Visit

METHOD = "temporary-pass"
ATTEMPTS = "temporary-pass"
PURPOSE = "temporary-pass"
REPLACED = "replaced"


@dataclass(frozen=True)
class MadePass:
    """A new pass. `text` is shown once, to be read out, and kept nowhere."""

    id: str
    text: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True)
class PassEvidence:
    """This pass of the account fitted and was unused."""

    pass_id: str
    account_id: str


def make(account: Account, by: str) -> MadePass:
    """Make a pass for `account`, in the open transaction; an older one ends. `by` names the agent, for the trail."""
    now, text = tools().clock.now(), new_temporary_password()
    end(account.id, REPLACED)
    row = TemporaryPass(
        id=new_id(),
        account_id=account.id,
        pass_hash=_digest(account.id, text),
        made_by=by,
        created_at=now,
        ends_at=now + timedelta(seconds=tools().settings.temporary_pass_lifetime),
    )
    db.session.add(row)
    audit.record("temporary-pass-made", account_id=account.id, actor=by, **{"pass": row.id})
    return MadePass(row.id, text, row.ends_at)


def end(account_id: str, reason: str) -> int:
    """End the account's unused passes, in the open transaction; says how many."""
    unused = update(TemporaryPass).where(
        TemporaryPass.account_id == account_id, TemporaryPass.used_at.is_(None), TemporaryPass.ended_at.is_(None)
    )
    return rows_changed(unused.values(ended_at=tools().clock.now(), ended_reason=reason))


def check(account_id: str, typed: str) -> PassEvidence | None:
    """Look the pass up among this account's own (CVE-2025-64175)."""
    digests = tools().keyring.digests(PURPOSE, _named(account_id, typed))
    fitting = select(TemporaryPass.id).where(
        _opens(account_id, tools().clock.now()), TemporaryPass.pass_hash.in_(digests)
    )
    found = db.session.scalar(fitting)
    return PassEvidence(found, account_id) if found else None


def accept(visit: Visit, evidence: PassEvidence, journey: str) -> bool:
    """Use the pass up by one conditional UPDATE; it proves the second step in this session. Tells the person by mail."""
    account = visit.account
    if account is None or account.id != evidence.account_id:
        return False
    unused = update(TemporaryPass).where(TemporaryPass.id == evidence.pass_id, _opens(account.id, visit.now))
    if rows_changed(unused.values(used_at=visit.now)) != 1:
        return False
    attempts.reset(ATTEMPTS, account.id)
    proofs.prove(visit, account, assurance.FACTOR, METHOD)
    assert visit.session is not None
    audit.record(
        "temporary-pass-used",
        account_id=account.id,
        actor="person",
        session_id=visit.session.id,
        journey=journey,
    )
    mails.temporary_pass_used(account, visit.now, browser_name(request.user_agent.string))
    return True


def _opens(account_id: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        TemporaryPass.account_id == account_id,
        TemporaryPass.used_at.is_(None),
        TemporaryPass.ended_at.is_(None),
        TemporaryPass.ends_at > now,
    )


def _named(account_id: str, typed: str) -> str:
    return f"{account_id}:{fold_temporary_password(typed)}"


def _digest(account_id: str, text: str) -> str:
    return tools().keyring.digest(PURPOSE, _named(account_id, text))
