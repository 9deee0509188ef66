"""At every start, walk each journey under each policy with each kind of authenticator, and refuse to start on a path that leads nowhere.

The walk uses no database: it plays the facts that each step yields, as the step declares them (`proves`, `sets`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

from wizard.domain import assurance
from wizard.domain.assurance import AccountFacts, BoundAuthenticator, Facts, Policy, ProofFact
from wizard.domain.journey_names import FIRST_CONNECTION, FORGOTTEN_PASSWORD, MIGRATED_ACCOUNT, REPLACE_PHONE
from wizard.domain.typed import Typed
from wizard.journeys.model import Journey, NoWayOn, Step
from wizard.journeys.progress import Progress

KINDS = ("code-app", "phone")
START = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST_WALK = 30


class JourneyLeadsNowhere(Exception):
    """A journey cannot be finished, or can be finished with less than is required; the start is refused."""


def check(journeys: Iterable[Journey]) -> int:
    """Walk everything; returns how many walks there were. Raises `JourneyLeadsNowhere`."""
    walks = 0
    for journey in journeys:
        for policy in get_args(Policy):
            for kind in KINDS:
                for account in _people(journey, kind):
                    _walk(journey, policy, kind, account)
                    walks += 1
    return walks


def _people(journey: Journey, kind: str) -> list[AccountFacts]:
    """Who walks this journey: somebody new, somebody complete, somebody who has to repair what the journey repairs."""
    new = AccountFacts(
        id="a", journey=FIRST_CONNECTION, email_key="e", has_own_password=False, password_ended=False, password_set_at=None,
        password_session_id=None, ever_had_factor=False, authenticators=(),
    )  # fmt: skip
    bound = BoundAuthenticator("old", kind, "other", START - timedelta(days=9), START - timedelta(days=9), "d")
    complete = replace(new, has_own_password=True, ever_had_factor=True, authenticators=(bound,))
    password_only = replace(new, has_own_password=True)
    if journey.name == FORGOTTEN_PASSWORD:
        return [complete, password_only, replace(complete, has_own_password=False, password_ended=True)]
    if journey.name == REPLACE_PHONE:
        return [replace(complete, authenticators=())]
    if journey.name == MIGRATED_ACCOUNT:
        moved = replace(new, journey=journey.name, owes_details=True)
        return [
            moved,
            replace(complete, journey=journey.name, owes_details=True),
            replace(complete, journey=journey.name),
            replace(password_only, journey=journey.name, owes_details=True),
        ]
    return [new, complete]


def _walk(journey: Journey, policy: Policy, kind: str, account: AccountFacts) -> None:
    facts = Facts(None, (), (), policy, START, session_id="s")
    progress = Progress(facts, journey.name, Typed(), journey.enrols, journey.renews, START)
    where = f"{journey.name}, policy {policy}, {kind}"
    for _ in range(LONGEST_WALK):
        try:
            step = journey.current_step(progress)
        except NoWayOn:
            raise JourneyLeadsNowhere(f"{where}: a slot of proofs has no open member.") from None
        if step is None or step.terminal:
            _judge(progress.facts, where, policy)
            return
        progress = _played(step, progress, account, kind)
    raise JourneyLeadsNowhere(f"{where}: it does not end.")


def _judge(facts: Facts, where: str, policy: Policy) -> None:
    account = facts.account
    debt = assurance.owed(account, policy) if account else None
    if account is None or not (assurance.signed_in(facts) or debt):
        raise JourneyLeadsNowhere(f"{where}: it ends without the required proofs and nothing is owed.")


def _played(step: Step, progress: Progress, account: AccountFacts, kind: str) -> Progress:
    """`progress` after the person has done `step`, a second later."""
    facts = replace(progress.facts, now=progress.now + timedelta(seconds=1))
    if step.proves:
        facts = _proven(step.proves, facts, facts.account or account)
    elif step.sets == "pending":
        facts = replace(facts, pending=(BoundAuthenticator("new", kind, "s", facts.now, None),))
    elif step.sets == "claimed":
        facts = replace(facts, pending=tuple(replace(item, device_id="d") for item in facts.pending))
    elif step.sets == "codes" and facts.account:
        facts = replace(facts, account=replace(facts.account, codes_left=10))
    elif step.sets == "password" and facts.account:
        facts = _with_own_password(facts, facts.account)
    elif step.sets == "details" and facts.account:
        facts = replace(facts, account=replace(facts.account, owes_details=False))
    typed = replace(progress.typed, username_key="u", email_key="e", prepared=True)
    return replace(progress, facts=facts, typed=typed)


def _with_own_password(facts: Facts, account: AccountFacts) -> Facts:
    chosen = replace(
        account, has_own_password=True, password_ended=False, password_set_at=facts.now, password_session_id="s"
    )
    return _with(facts, chosen, ProofFact(assurance.PASSWORD, assurance.OWN, facts.now))


def _proven(proved: str, facts: Facts, account: AccountFacts) -> Facts:
    if proved == assurance.PASSWORD:
        method = assurance.OWN if account.has_own_password else assurance.TEMPORARY
        return _with(facts, account, ProofFact(assurance.PASSWORD, method, facts.now))
    if proved == assurance.ADDRESS:
        return _with(facts, account, ProofFact(assurance.ADDRESS, "mailed-code", facts.now, target=account.email_key))
    pending = facts.pending
    if pending:
        account = replace(account, ever_had_factor=True, authenticators=(replace(pending[0], proven_at=facts.now),))
    bound = account.authenticators[0].id
    return _with(
        replace(facts, pending=()), account, ProofFact(assurance.FACTOR, "totp", facts.now, authenticator_id=bound)
    )


def _with(facts: Facts, account: AccountFacts, proof: ProofFact) -> Facts:
    return replace(facts, account=account, proofs=(*facts.proofs, proof))
