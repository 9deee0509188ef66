"""What the judge reads: the facts of account and session, and the little that the cookie remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wizard.domain.assurance import FACTOR, PASSWORD, BoundAuthenticator, Facts, ProofFact
from wizard.domain.typed import Typed


@dataclass(frozen=True)
class Progress:
    """One person in one journey, now.

    `enrols` says that this journey binds authenticators, `renews` names what it sets up again ("password", "authenticator");
    `entered_at` is when this browser entered it.
    `by_own` says that only a bound authenticator's own proof counts as one that was asked for again: no code or pass that stands in,
    no number that was matched for signing in.
    `since` says, by kind of proof, from which moment on a proof is new enough for what is still ahead; without one any of this session is.
    `purpose` is what a page has sent somebody who is signed in to prove the second step for; None: for the journey itself.
    """

    facts: Facts
    journey: str
    typed: Typed = field(default_factory=Typed)
    enrols: bool = False
    renews: frozenset[str] = frozenset()
    entered_at: datetime | None = None
    since: Mapping[str, datetime] = field(default_factory=dict)
    by_own: bool = False
    purpose: str | None = None

    @property
    def now(self) -> datetime:
        return self.facts.now

    def proven(self, kind: str) -> ProofFact | None:
        """This session's counting proof of `kind` that is new enough for this journey."""
        since = self.since.get(kind)
        if since is None:
            return self.facts.proven(kind)
        if kind == PASSWORD:
            return self.facts.password_proof(self.now - since)
        if kind != FACTOR:
            return self.facts.proven(kind, since=since)
        if self.by_own:
            return self.facts.without_sign_in_numbers().own_factor_proof(self.now - since)
        return self.facts.factor_proof(self.now - since)

    @property
    def counting_authenticators(self) -> tuple[BoundAuthenticator, ...]:
        """Proven authenticators; in a journey that renews them only those that this session has bound since it entered."""
        bound = self.facts.account.authenticators if self.facts.account else ()
        if "authenticator" not in self.renews:
            return bound
        return tuple(
            item for item in bound if item.session_id == self.facts.session_id and self._since_entered(item.proven_at)
        )

    @property
    def pending(self) -> tuple[BoundAuthenticator, ...]:
        """What this session has begun to bind and not proven yet."""
        if not self.enrols:
            return ()
        if "authenticator" not in self.renews:
            return self.facts.pending
        return tuple(item for item in self.facts.pending if self._since_entered(item.created_at))

    def pending_of(self, kind: str) -> BoundAuthenticator | None:
        """The pending authenticator of `kind` ("phone", "code-app"), None when none is begun."""
        return next((item for item in self.pending if item.kind == kind), None)

    @property
    def has_proven_factor(self) -> bool:
        """Whether the second step is proven here: by something bound, and in a journey that renews it by what was bound here."""
        proof = self.proven(FACTOR)
        if proof is None or self.pending:
            return False
        if "authenticator" not in self.renews:
            return True
        return any(item.id == proof.authenticator_id for item in self.counting_authenticators)

    @property
    def never_had_password(self) -> bool:
        """Whether the account (if any) never had an own password: only then an address proof may set the first one by itself."""
        account = self.facts.account
        return account is None or not (account.has_own_password or account.password_ended)

    @property
    def has_password(self) -> bool:
        """An own password; in a journey that renews it only one that this session has set since it entered."""
        account = self.facts.account
        if account is None or not account.has_own_password:
            return False
        if "password" not in self.renews:
            return True
        return account.password_session_id == self.facts.session_id and self._since_entered(account.password_set_at)

    def _since_entered(self, moment: datetime | None) -> bool:
        return moment is not None and self.entered_at is not None and moment >= self.entered_at
