"""Rules taken away on purpose, one at a time: each returns what must then be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import g
from sqlalchemy import select, update

from tests.journeys.random_people import phone_promises, promises
from tests.journeys.random_people.broken_phone_rules import (
    a_claim_of_any_session_counts,
    a_linked_phone_of_anybody_answers,
    a_number_matched_for_signing_in_enrols,
    a_used_code_links_again,
    the_key_is_not_asked_for,
    the_number_is_not_compared,
)
from wizard.domain import assurance
from wizard.domain.assurance import FACTOR, PASSWORD, AccountFacts, Facts, ProofFact
from wizard.domain.journey_names import REPLACE_PHONE
from wizard.journeys import runner
from wizard.models import Account, Authenticator, MailedCode, Proof, RecoveryCode, Session, db
from wizard.models.database import rows_changed
from wizard.services import addresses, enrolment, facts, passwords, proofs, recovery_codes, signed_in
from wizard.services.visits import Visit

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class BrokenRule:
    """`seen` are the promises of which one must be found broken, in examples of at most `steps` steps.

    `gate_open`: the gate covers for this rule, so it is taken away as well. `quick`: the machine finds it in a few
    examples.
    """

    name: str
    break_it: Callable[[Patch], None]
    seen: frozenset[str]
    gate_open: bool = False
    steps: int = 25
    quick: bool = False


def _a_proof_of_any_session_counts(patch: Patch) -> None:
    def of_account(session: Session | None) -> tuple[ProofFact, ...]:
        if session is None:
            return ()
        rows = db.session.scalars(
            select(Proof).where(Proof.account_id == session.account_id, Proof.ended_at.is_(None))
        ).all()
        return tuple(
            ProofFact(row.kind, row.method, row.at, row.authenticator_id, row.target, row.purpose) for row in rows
        )

    patch.setattr(facts, "_proofs", of_account)


def _a_bound_authenticator_counts_as_proven(patch: Patch) -> None:
    whole = assurance.signed_in

    def lasting(found: Facts) -> bool:
        account = found.account
        if account is None or not account.authenticators:
            return whole(found)
        own = found.proven(PASSWORD, methods=frozenset({assurance.OWN}))
        return own is not None and not assurance.owed(account, found.policy)

    patch.setattr(assurance, "signed_in", lasting)


def _anybody_may_enrol(patch: Patch) -> None:
    patch.setattr(assurance, "may_enrol", lambda _facts: True)


def _a_new_password_needs_no_factor(patch: Patch) -> None:
    def without(found: Facts) -> bool:
        begun = found.password_proof(found.ages.password) or found.proven(assurance.ADDRESS)
        return found.account is not None and begun is not None

    patch.setattr(assurance, "may_set_password", without)


def _required_forgets_that_there_was_a_factor(patch: Patch) -> None:
    def forgetful(_account: AccountFacts, policy: str) -> frozenset[str]:
        return frozenset({PASSWORD, FACTOR} if policy == "required" else {PASSWORD})

    patch.setattr(assurance, "required", forgetful)


def _nothing_is_read_again_in_the_transaction(patch: Patch) -> None:
    whole = facts.facts_of

    def remembered(account: Any, session: Any, now: Any) -> Facts:
        key = (account and account.id, session and session.id)
        kept: dict[Any, Facts] = g.setdefault("facts_read_first", {})
        if key not in kept:
            kept[key] = whole(account, session, now)
        return kept[key]

    patch.setattr(Visit, "reload", lambda _visit: None)
    for module in (runner, enrolment, passwords, proofs, signed_in):
        patch.setattr(module, "facts_of", remembered)


def _the_last_time_step_is_not_kept(patch: Patch) -> None:
    whole = enrolment.accept

    def forgetful(visit: Visit, evidence: enrolment.CodeEvidence, journey: str) -> str | None:
        refused = whole(visit, evidence, journey)
        rows_changed(update(Authenticator).where(Authenticator.id == evidence.authenticator_id).values(last_step=None))
        return refused

    patch.setattr(enrolment, "accept", forgetful)


def _a_mailed_code_is_not_used_up(patch: Patch) -> None:
    whole = addresses._use

    def reusable(visit: Visit, row: MailedCode, method: str) -> bool:
        used = whole(visit, row, method)
        rows_changed(update(MailedCode).where(MailedCode.id == row.id).values(used_at=None))
        return used

    patch.setattr(addresses, "_use", reusable)


def _a_recovery_code_is_not_used_up(patch: Patch) -> None:
    whole = recovery_codes.accept

    def reusable(visit: Visit, evidence: recovery_codes.RecoveryEvidence, journey: str) -> bool:
        accepted = whole(visit, evidence, journey)
        rows_changed(update(RecoveryCode).where(RecoveryCode.id == evidence.code_id).values(used_at=None))
        return accepted

    patch.setattr(recovery_codes, "accept", reusable)


def _the_token_stays_when_assurance_rises(patch: Patch) -> None:
    patch.setattr(Visit, "rotate", lambda _visit: None)


def _the_replaced_token_still_opens(patch: Patch) -> None:
    whole = Visit._load

    def lenient(visit: Visit) -> None:
        whole(visit)
        row = visit.just_replaced
        if row is not None:
            visit.session, visit.just_replaced = row, None
            visit.account = db.session.get(Account, row.account_id)

    patch.setattr(Visit, "_load", lenient)


def _replacing_a_lost_authenticator_is_never_owed(patch: Patch) -> None:
    whole = assurance.owed

    def silent(account: AccountFacts, policy: assurance.Policy) -> str | None:
        found = whole(account, policy)
        return None if found == REPLACE_PHONE else found

    patch.setattr(assurance, "owed", silent)


def _who_has_none_left_may_not_enrol(patch: Patch) -> None:
    whole = assurance.may_enrol

    def strict(found: Facts) -> bool:
        account = found.account
        none_left = account is not None and account.ever_had_factor and not account.authenticators
        return whole(found) and not none_left

    patch.setattr(assurance, "may_enrol", strict)


IN = frozenset({promises.ATTACKER_IN, promises.SIGNED_IN, promises.ATTACKER_SETS})  # who is in may set a password
BOUND = frozenset({promises.ATTACKER_BINDS, promises.BOUND_UNLAWFULLY, promises.ATTACKER_SEES})
SET = frozenset({promises.ATTACKER_SETS, promises.SET_UNLAWFULLY})
ONCE = frozenset({phone_promises.TWICE})
ANSWERED = frozenset({phone_promises.ANSWERED_UNLAWFULLY})
SHUT = frozenset({promises.SHUT_OUT})
BROKEN_RULES = (
    # Every one of the four functions reads proofs, so a foreign one opens whatever comes first.
    BrokenRule("a proof of any session counts", _a_proof_of_any_session_counts, IN | SET | BOUND, quick=True),
    BrokenRule("a bound authenticator counts as proven", _a_bound_authenticator_counts_as_proven, IN, quick=True),
    BrokenRule("anybody may enrol", _anybody_may_enrol, BOUND, gate_open=True),
    BrokenRule("a new password needs no factor", _a_new_password_needs_no_factor, SET, gate_open=True),
    BrokenRule("required forgets that there was a factor", _required_forgets_that_there_was_a_factor, IN),
    BrokenRule("nothing is read again in the transaction", _nothing_is_read_again_in_the_transaction, SET | BOUND),
    BrokenRule("the last time step is not kept", _the_last_time_step_is_not_kept, ONCE),
    BrokenRule("a mailed code is not used up", _a_mailed_code_is_not_used_up, ONCE),
    BrokenRule("a recovery code is not used up", _a_recovery_code_is_not_used_up, ONCE),
    BrokenRule("the token stays when assurance rises", _the_token_stays_when_assurance_rises, IN),
    BrokenRule("the replaced token still opens", _the_replaced_token_still_opens, IN),
    BrokenRule(
        "replacing a lost authenticator is never owed", _replacing_a_lost_authenticator_is_never_owed, SHUT, steps=6
    ),
    BrokenRule("who has none left may not enrol", _who_has_none_left_may_not_enrol, SHUT, steps=6),
    BrokenRule(
        "a claim of any session counts", a_claim_of_any_session_counts, frozenset({phone_promises.CLAIMED_ELSEWHERE})
    ),
    BrokenRule("a linked phone of anybody answers", a_linked_phone_of_anybody_answers, ANSWERED, steps=4, quick=True),
    BrokenRule("the number is not compared", the_number_is_not_compared, ANSWERED, quick=True),
    BrokenRule("the key is not asked for", the_key_is_not_asked_for, ANSWERED),
    BrokenRule("a number matched for signing in enrols", a_number_matched_for_signing_in_enrols, BOUND),
    BrokenRule("a used code links again", a_used_code_links_again, ONCE | {phone_promises.LINKED_LATE}),
)
