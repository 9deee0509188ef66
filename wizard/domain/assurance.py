"""What a session's proofs amount to: the four functions that hold the safety, and signed-in and next-place on top of them.

They read one frozen `Facts` and nothing else. Every other guard in Perron is courtesy. The wording was checked by an
explicit-state model against attackers who know the password, own the mailbox or hold a stale session; change a rule only
with a test that shows why. Sources: DESIGN section 3, SEC-06, SEC-10, SEC-19, SEC-20; NIST SP 800-63B-4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from wizard.domain.journey_names import FORGOTTEN_PASSWORD, REPLACE_PHONE, SIGN_IN

Policy = Literal["required", "offered", "off"]
PASSWORD, FACTOR, ADDRESS = "password", "factor", "address"
OWN, TEMPORARY, BUTTON = "own", "temporary", "button"
ISSUE_METHODS = frozenset({TEMPORARY, BUTTON})
NUMBER = "number"
ONE_TIME_METHODS = frozenset({"recovery-code", "temporary-pass"})


@dataclass(frozen=True)
class BoundAuthenticator:
    """An authenticator that has not ended: proven, or pending of the session that reads it (`proven_at` None)."""

    id: str
    kind: str
    session_id: str
    created_at: datetime
    proven_at: datetime | None
    device_id: str | None = None


@dataclass(frozen=True)
class ProofFact:
    """One proof of this session that has not ended."""

    kind: str
    method: str
    at: datetime
    authenticator_id: str | None = None
    target: str | None = None
    purpose: str | None = None


@dataclass(frozen=True)
class AccountFacts:
    """The lasting facts of one account."""

    id: str
    journey: str
    email_key: str
    has_own_password: bool
    password_ended: bool
    password_set_at: datetime | None
    password_session_id: str | None
    ever_had_factor: bool
    authenticators: tuple[BoundAuthenticator, ...]
    skipped_factor: bool = False
    codes_left: int = 0
    skipped_codes: bool = False
    pass_open: bool = False
    owes_details: bool = False
    disabled: bool = False


@dataclass(frozen=True)
class Ages:
    """How old a proof may be, by what it is used for."""

    password: timedelta = timedelta(minutes=15)
    factor: timedelta = timedelta(minutes=15)
    step_up: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Facts:
    """All that the judge reads: the account's lasting facts, this session's proofs, the policy and the time."""

    account: AccountFacts | None
    proofs: tuple[ProofFact, ...]
    pending: tuple[BoundAuthenticator, ...]
    policy: Policy
    now: datetime
    session_id: str | None = None
    showing_codes: bool = False
    ages: Ages = Ages()

    def proven(
        self, kind: str, since: datetime | None = None, methods: frozenset[str] | None = None
    ) -> ProofFact | None:
        """The newest counting proof of `kind`, given at or after `since`, by one of `methods`.

        A factor counts only while its authenticator is bound; an address only while it is the account's.
        """
        fitting = [
            proof
            for proof in self.proofs
            if proof.kind == kind
            and (since is None or proof.at >= since)
            and (methods is None or proof.method in methods)
            and self._counts(proof)
        ]
        return max(fitting, key=lambda proof: proof.at, default=None)

    def _counts(self, proof: ProofFact) -> bool:
        if self.account is None:
            return proof.kind == ADDRESS
        if proof.kind == FACTOR and proof.method not in ONE_TIME_METHODS:
            return any(bound.id == proof.authenticator_id for bound in self.account.authenticators)
        if proof.kind == ADDRESS:
            return proof.target == self.account.email_key
        return True

    def password_proof(self, age: timedelta) -> ProofFact | None:
        """A proof of the own password of at most `age`, or one of the issue, which has no age: it ends with the issue."""
        return self.proven(PASSWORD, methods=ISSUE_METHODS) or self.proven(PASSWORD, since=self.now - age)

    def factor_proof(self, age: timedelta) -> ProofFact | None:
        """A proof of the second factor of at most `age`, or by something that works once only, which has no age in its session."""
        return self.proven(FACTOR, since=self.now - age) or self.proven(FACTOR, methods=ONE_TIME_METHODS)

    def own_factor_proof(self, age: timedelta) -> ProofFact | None:
        """A proof of at most `age` by a bound authenticator itself, not by a code or a pass that stands in for one."""
        own = frozenset(proof.method for proof in self.proofs) - ONE_TIME_METHODS
        return self.proven(FACTOR, since=self.now - age, methods=own)

    def without_sign_in_numbers(self) -> Facts:
        """These facts without numbers that were matched for signing in: such a yes enrols nothing and makes no codes."""
        kept = tuple(proof for proof in self.proofs if not (proof.method == NUMBER and proof.purpose == SIGN_IN))
        return replace(self, proofs=kept)


def required(account: AccountFacts, policy: Policy) -> frozenset[str]:
    """Which proofs signing in to this account takes. Having once had an authenticator is never undone by losing it."""
    if policy == "required" or account.ever_had_factor:
        return frozenset({PASSWORD, FACTOR})
    return frozenset({PASSWORD})


def owed(account: AccountFacts, policy: Policy) -> str | None:
    """The journey that the account must still finish; lasting facts only, never proofs."""
    if account.password_ended and not account.has_own_password:
        return FORGOTTEN_PASSWORD
    if account.ever_had_factor and not account.authenticators:
        return REPLACE_PHONE
    lacks_factor = FACTOR in required(account, policy) and not account.authenticators
    if not account.has_own_password or account.owes_details or lacks_factor:
        return account.journey
    return None


def may_set_password(facts: Facts) -> bool:
    """Whether this session may set the account's password now (SEC-20)."""
    account = facts.account
    if account is None or account.disabled:
        return False
    if facts.password_proof(facts.ages.password) is None and facts.proven(ADDRESS) is None:
        return False
    return not account.ever_had_factor or facts.factor_proof(facts.ages.factor) is not None


def may_enrol(facts: Facts) -> bool:
    """Whether this session may bind a new authenticator now (SEC-19). Asked again inside the confirming transaction."""
    account = facts.account
    if account is None or account.disabled or facts.password_proof(facts.ages.password) is None:
        return False
    if not account.ever_had_factor:
        return True
    if facts.without_sign_in_numbers().factor_proof(facts.ages.step_up):
        return True
    return not account.authenticators and account.has_own_password and facts.proven(ADDRESS) is not None


def may_make_codes(facts: Facts) -> bool:
    """Whether this session may make recovery codes now: by a bound authenticator's own fresh proof, never by another code."""
    account = facts.account
    if account is None or account.disabled or facts.password_proof(facts.ages.password) is None:
        return False
    return facts.without_sign_in_numbers().own_factor_proof(facts.ages.step_up) is not None


def signed_in(facts: Facts) -> bool:
    """Nothing is owed and this session's proofs reach what is required."""
    account = facts.account
    if account is None or account.disabled or owed(account, facts.policy):
        return False
    proofs = {
        PASSWORD: facts.proven(PASSWORD, methods=frozenset({OWN})),
        FACTOR: facts.proven(FACTOR),
    }
    return all(proofs[kind] for kind in required(account, facts.policy))


def next_place(facts: Facts, asked: str | None, return_to: str | None, portal_url: str) -> str:
    """Where this session goes after a step.

    `asked` is the address of the asked journey's open step, None when it has none left. Then: the owed journey, the return
    address, the portal, the signed-in home; and the sign-in journey for a session that has proven too little.
    """
    if asked:
        return asked
    debt = owed(facts.account, facts.policy) if facts.account else None
    if debt:
        return f"/{debt}"
    if not signed_in(facts):
        return "/sign-in"
    return return_to or portal_url or "/account"
