"""What the database says, read past the application, and the rules in words of their own: the judge of the judge.

Nothing here calls the four functions that it checks. Sources: DESIGN section 3; SEC-19, SEC-20, SEC-21.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.journeys.random_people.installation import Installation

PROOF_AGE = timedelta(minutes=15)
STEP_UP_AGE = timedelta(minutes=5)
IDLE, LIFETIME = timedelta(minutes=30), timedelta(hours=12)
RECOVERY_CODE, NUMBER, SIGN_IN = "recovery-code", "number", "sign-in"
ISSUE_METHODS = {"temporary", "button"}


@dataclass(frozen=True)
class ProofRow:
    """A proof that has not ended; `number` grows with every proof ever written."""

    number: int
    session_id: str
    kind: str
    method: str
    authenticator_id: str | None
    purpose: str | None
    at: datetime


@dataclass(frozen=True)
class PhoneRow:
    """A phone authenticator that has not ended."""

    session_id: str
    device_id: str | None
    is_proven: bool


@dataclass(frozen=True)
class RequestRow:
    """An approval request, whatever has become of it."""

    session_id: str
    answer: str | None
    authenticator_id: str | None
    is_claimed: bool
    is_ended: bool


@dataclass(frozen=True)
class LinkRow:
    """A link of a phone; `ends` is when it ended or will end by itself."""

    device_id: str | None
    ends: datetime


@dataclass(frozen=True)
class Truth:
    """The lasting facts of the one account, and what each session has proven. `bound` maps authenticators to sessions;
    `codes_set` is the set of recovery codes in force. `phones`, `requests` and `links` are all those of the account, by id."""

    account_id: str
    password_hash: str | None
    password_ended: bool
    password_session_id: str | None
    bound: dict[str, str]
    codes_set: str | None
    proofs: tuple[ProofRow, ...]
    last_number: int
    phones: dict[str, PhoneRow]
    requests: dict[str, RequestRow]
    links: dict[str, LinkRow]

    @property
    def linked(self) -> set[str]:
        """The devices that are linked to the account, or about to be."""
        return {phone.device_id for phone in self.phones.values() if phone.device_id}

    @property
    def confirming(self) -> set[str]:
        """The devices that are linked to the account and proven."""
        return {phone.device_id for phone in self.phones.values() if phone.device_id and phone.is_proven}

    def of(self, session_id: str, kind: str, since: datetime | None = None) -> list[ProofRow]:
        """The session's proofs of this kind that stand on something still bound."""
        return [
            proof
            for proof in self.proofs
            if (proof.session_id, proof.kind) == (session_id, kind)
            and (since is None or proof.at >= since)
            and (kind != "factor" or proof.method == RECOVERY_CODE or proof.authenticator_id in self.bound)
        ]

    def _factor_is_proven(self, session_id: str, since: datetime, *, enrols: bool = False) -> bool:
        """By a proof given since then, or by a recovery code, which works once and has no age in its session.

        A number that was matched for signing in enrols nothing.
        """
        by_code = [proof for proof in self.of(session_id, "factor") if proof.method == RECOVERY_CODE]
        given = [
            proof
            for proof in self.of(session_id, "factor", since)
            if not (enrols and (proof.method, proof.purpose) == (NUMBER, SIGN_IN))
        ]
        return bool(by_code or given)

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
        return not ever or none_left or self._factor_is_proven(session_id, now - STEP_UP_AGE, enrols=True)

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
    living = reader.execute(
        "SELECT * FROM authenticators WHERE account_id = ? AND ended_at IS NULL", (account_id,)
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
        bound={row["id"]: row["session_id"] for row in living if row["proven_at"]},
        codes_set=codes["id"] if codes else None,
        proofs=tuple(
            ProofRow(
                row["rowid"],
                row["session_id"],
                row["kind"],
                row["method"],
                row["authenticator_id"],
                row["purpose"],
                moment(row["at"]),
            )
            for row in proofs
        ),
        last_number=last,
        phones={
            row["id"]: PhoneRow(row["session_id"], row["device_id"], row["proven_at"] is not None)
            for row in living
            if row["kind"] == "phone"
        },
        requests=_requests(reader, account_id),
        links=_links(reader, account_id),
    )


def _requests(reader: sqlite3.Connection, account_id: str) -> dict[str, RequestRow]:
    rows = reader.execute("SELECT * FROM approval_requests WHERE account_id = ? ORDER BY rowid", (account_id,))
    return {
        row["id"]: RequestRow(
            row["session_id"], row["answer"], row["authenticator_id"], row["claimed_at"] is not None,
            row["ended_at"] is not None,
        )
        for row in rows
    }  # fmt: skip


def _links(reader: sqlite3.Connection, account_id: str) -> dict[str, LinkRow]:
    rows = reader.execute("SELECT * FROM phone_links WHERE account_id = ?", (account_id,))
    return {row["id"]: LinkRow(row["device_id"], moment(row["ended_at"] or row["ends_at"])) for row in rows}


def shown(installation: Installation, request_id: str) -> tuple[str, str] | None:
    """The number and the token that the asking page shows for a request; None when it shows none any more."""
    assert installation.reader is not None
    row = installation.reader.execute("SELECT shown FROM approval_requests WHERE id = ?", (request_id,)).fetchone()
    if row is None or row["shown"] is None:
        return None
    kept = json.loads(installation.app.extensions["perron"].keyring.decrypt("approval-shown", row["shown"]))
    return kept["number"], kept["scan"]


def device_named(installation: Installation, token: str | None) -> str | None:
    """The device that a phone's cookie names."""
    if not token:
        return None
    digest = installation.app.extensions["perron"].keyring.digest("device", token)
    assert installation.reader is not None
    row = installation.reader.execute(
        "SELECT id FROM devices WHERE token_hash = ? AND ended_at IS NULL", (digest,)
    ).fetchone()
    return str(row["id"]) if row else None


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
