"""Read the facts that the judge judges by, live, from the tables (SEC-06)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from wizard.domain.assurance import AccountFacts, Ages, BoundAuthenticator, Facts, ProofFact
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.extensions import tools
from wizard.models import Account, Authenticator, Proof, Session, TemporaryPass, db
from wizard.services import recovery_code_sets


def facts_of(account: Account | None, session: Session | None, now: datetime) -> Facts:
    """What the four functions read, for `account` in `session` (both may be None) at `now`."""
    settings = tools().settings
    rows = _authenticators(account, session)
    return Facts(
        account=account_facts(account, tuple(row for row in rows if row.proven_at)) if account else None,
        proofs=_proofs(session),
        pending=tuple(row for row in rows if not row.proven_at),
        policy=settings.second_factor,
        now=now,
        session_id=session.id if session else None,
        showing_codes=recovery_code_sets.shown_set(session) is not None,
        ages=Ages(
            password=timedelta(seconds=settings.password_proof_age),
            factor=timedelta(seconds=settings.factor_proof_age),
            step_up=timedelta(seconds=settings.step_up_age),
        ),
    )


def account_facts(account: Account, authenticators: tuple[BoundAuthenticator, ...] | None = None) -> AccountFacts:
    """The account's lasting facts; `authenticators` are its proven ones, read here unless given."""
    bound = authenticators if authenticators is not None else tuple(_authenticators(account, None))
    return AccountFacts(
        id=account.id,
        journey=account.journey,
        email_key=account.email_key,
        has_own_password=account.password_hash is not None,
        password_ended=account.password_ended_at is not None,
        password_set_at=account.password_set_at,
        password_session_id=account.password_session_id,
        ever_had_factor=account.factor_since is not None,
        authenticators=bound,
        skipped_factor=account.factor_skipped_at is not None,
        codes_left=recovery_code_sets.left(account.id),
        skipped_codes=account.codes_skipped_at is not None,
        owes_details=account.journey == MIGRATED_ACCOUNT and account.details_confirmed_at is None,
        pass_open=account.factor_since is not None and _has_open_pass(account.id),
        disabled=account.disabled_at is not None,
    )


def _has_open_pass(account_id: str) -> bool:
    unused = select(TemporaryPass.id).where(
        TemporaryPass.account_id == account_id,
        TemporaryPass.used_at.is_(None),
        TemporaryPass.ended_at.is_(None),
        TemporaryPass.ends_at > tools().clock.now(),
    )
    return db.session.scalar(unused.limit(1)) is not None


def _authenticators(account: Account | None, session: Session | None) -> list[BoundAuthenticator]:
    if account is None:
        return []
    mine = Authenticator.session_id == session.id if session else Authenticator.proven_at.is_not(None)
    statement = (
        select(Authenticator)
        .where(Authenticator.account_id == account.id, Authenticator.ended_at.is_(None))
        .where(or_(Authenticator.proven_at.is_not(None), mine))
        .order_by(Authenticator.created_at)
    )
    return [
        BoundAuthenticator(row.id, row.kind, row.session_id, row.created_at, row.proven_at, row.device_id)
        for row in db.session.scalars(statement)
    ]


def _proofs(session: Session | None) -> tuple[ProofFact, ...]:
    if session is None:
        return ()
    statement = select(Proof).where(Proof.session_id == session.id, Proof.ended_at.is_(None))
    return tuple(
        ProofFact(row.kind, row.method, row.at, row.authenticator_id, row.target, row.purpose)
        for row in db.session.scalars(statement)
        if row.account_id == session.account_id  # an address that was proven as nobody's proves nothing of an account
    )
