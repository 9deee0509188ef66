"""What the database says, read past the application, and the rules in words of their own: the judge of the judge.

Nothing here calls the four functions that it checks. Sources: DESIGN section 3; SEC-19, SEC-20, SEC-21.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.journeys.random_people.installation import Installation

PROOF_AGE = timedelta(minutes=15)
STEP_UP_AGE = timedelta(minutes=5)
IDLE, LIFETIME = timedelta(minutes=30), timedelta(hours=12)
RECOVERY_CODE = "recovery-code"
ISSUE_METHODS = {"temporary", "button"}


@dataclass(frozen=True)
class ProofRow:
    """A proof that has not ended; `number` grows with every proof ever written."""

    number: int
    session_id: str
    kind: str
    method: str
    authenticator_id: str | None
    at: datetime


@dataclass(frozen=True)
class Truth:
    """The lasting facts of the one account, and what each session has proven. `bound` maps authenticators to sessions;
    `codes_set` is the set of recovery codes in force."""

    account_id: str
    password_hash: str | None
    password_ended: bool
    password_session_id: str | None
    bound: dict[str, str]
    codes_set: str | None
    proofs: tuple[ProofRow, ...]
    last_number: int

    def of(self, session_id: str, kind: str, since: datetime | None = None) -> list[ProofRow]:
        """The session's proofs of this kind that stand on something still bound."""
        return [
            proof
            for proof in self.proofs
            if (proof.session_id, proof.kind) == (session_id, kind)
            and (since is None or proof.at >= since)
            and (kind != "factor" or proof.method == RECOVERY_CODE or proof.authenticator_id in self.bound)
        ]

    def _factor_is_proven(self, session_id: str, since: datetime) -> bool:
        """By a proof given since then, or by a recovery code, which works once and has no age in its session."""
        by_code = [proof for proof in self.of(session_id, "factor") if proof.method == RECOVERY_CODE]
        return bool(by_code or self.of(session_id, "factor", since))

    def _password_is_proven(self, session_id: str, now: datetime) -> bool:
        by_issue = [proof for proof in self.of(session_id, "password") if proof.method in ISSUE_METHODS]
        return bool(by_issue or self.of(session_id, "password", now - PROOF_AGE))

    def allows_password(self, session_id: str, now: datetime, ever: bool, current_typed: bool) -> bool:
        """Whether that session might set a password; `current_typed`: the form itself carried the current one."""
        begun = current_typed or self._password_is_proven(session_id, now) or self.of(session_id, "address")
        return bool(begun) and (not ever or self._factor_is_proven(session_id, now - PROOF_AGE))

    def allows_binding(self, session_id: str, now: datetime, ever: bool) -> bool:
        """Whether that session might bind an authenticator."""
        if not self._password_is_proven(session_id, now):
            return False
        none_left = not self.bound and self.password_hash is not None and bool(self.of(session_id, "address"))
        return not ever or none_left or self._factor_is_proven(session_id, now - STEP_UP_AGE)

    def reaches(self, session_id: str, required: frozenset[str]) -> bool:
        """Whether nothing is owed and that session's rows hold the required proofs."""
        own = [proof for proof in self.of(session_id, "password") if proof.method == "own"]
        factor = "factor" not in required or bool(self.of(session_id, "factor"))
        return self.password_hash is not None and bool(own) and factor


def read(installation: Installation, account_id: str) -> Truth:
    """Read the tables in one short transaction of the test's own connection."""
    reader = installation.reader
    assert reader is not None
    account = reader.execute("SELECT * FROM accounts WHERE id = ?", (account_id,)).fetchone()
    bound = reader.execute(
        "SELECT id, session_id FROM authenticators WHERE proven_at IS NOT NULL AND ended_at IS NULL"
    ).fetchall()
    codes = reader.execute(
        "SELECT id FROM recovery_code_sets WHERE kept_at IS NOT NULL AND ended_at IS NULL"
    ).fetchone()
    proofs = reader.execute("SELECT rowid, * FROM proofs WHERE ended_at IS NULL").fetchall()
    last = reader.execute("SELECT coalesce(max(rowid), 0) FROM proofs").fetchone()[0]
    return Truth(
        account_id=account_id,
        password_hash=account["password_hash"],
        password_ended=account["password_ended_at"] is not None,
        password_session_id=account["password_session_id"],
        bound={row["id"]: row["session_id"] for row in bound},
        codes_set=codes["id"] if codes else None,
        proofs=tuple(
            ProofRow(
                row["rowid"], row["session_id"], row["kind"], row["method"], row["authenticator_id"], moment(row["at"])
            )
            for row in proofs
        ),
        last_number=last,
    )


def live_session(installation: Installation, token: str | None) -> str | None:
    """The session that this token opens now: the current one of a row that has neither ended nor run out."""
    if not token:
        return None
    digest = installation.app.extensions["perron"].keyring.digest("session", token)
    assert installation.reader is not None
    row = installation.reader.execute(
        "SELECT * FROM sessions WHERE token_hash = ? AND revoked_at IS NULL", (digest,)
    ).fetchone()
    now = installation.clock.now()
    if row is None or moment(row["created_at"]) + LIFETIME <= now or moment(row["last_seen_at"]) + IDLE <= now:
        return None
    return str(row["id"])


def secrets_of(installation: Installation) -> dict[str, str]:
    """Every secret of a code app that the database still holds, by authenticator."""
    keyring = installation.app.extensions["perron"].keyring
    assert installation.reader is not None
    rows = installation.reader.execute("SELECT id, secret FROM authenticators WHERE secret IS NOT NULL").fetchall()
    return {row["id"]: keyring.decrypt("code-app", row["secret"]).decode() for row in rows}


def moment(stored: str) -> datetime:
    """A moment as SQLite keeps it, without its zone."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)
