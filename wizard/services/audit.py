"""Audit events: written with the change they tell of, sealed later in id order.

The kinds are declared with the payload fields they carry; anything else raises, so that no secret slips in by a new keyword
(SEC-58). Writing takes no lock on earlier rows: the chain is made by `seal_due`, a background job of one process at a time.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from sqlalchemy import func, select, update

from wizard.extensions import tools
from wizard.models import AuditEvent, db, write
from wizard.models.database import rows_changed

FIELDS: dict[str, frozenset[str]] = {
    "access-requested": frozenset({"kind", "told"}),
    "access-request-settled": frozenset({"request"}),
    "account-added": frozenset({"source"}),
    "account-changed": frozenset({"fields"}),
    "account-disabled": frozenset(),
    "account-enabled": frozenset(),
    "address-confirmed": frozenset(),
    "address-confirmation-withdrawn": frozenset(),
    "announced": frozenset(),
    "organisation-added": frozenset({"organisation"}),
    "organisation-changed": frozenset({"organisation", "fields"}),
    "office-added": frozenset({"organisation", "office"}),
    "office-changed": frozenset({"office", "fields"}),
    "membership-added": frozenset({"membership", "office", "role"}),
    "membership-moved": frozenset({"membership", "office", "role"}),
    "membership-offered": frozenset({"membership", "office", "role", "by"}),
    "membership-accepted": frozenset({"membership"}),
    "membership-ended": frozenset({"membership", "reason", "by"}),
    "role-changed": frozenset({"membership", "before", "after", "by"}),
    "name-correction-settled": frozenset({"correction", "accepted", "by"}),
    "colleague-invited": frozenset({"membership", "office", "role", "issue", "by"}),
    "invited": frozenset({"issue"}),
    "password-proven": frozenset({"method", "journey"}),
    "issue-taken-over": frozenset({"issue"}),
    "address-proven": frozenset({"method", "journey"}),
    "factor-proven": frozenset({"method", "authenticator", "journey"}),
    "enrolment-begun": frozenset({"authenticator", "kind"}),
    "enrolment-dropped": frozenset({"authenticator"}),
    "authenticator-bound": frozenset({"authenticator", "kind"}),
    "authenticator-ended": frozenset({"authenticator", "reason"}),
    "password-set": frozenset({"journey"}),
    "password-ended": frozenset({"reason"}),
    "desk-act": frozenset({"desk_act", "act", "step", "reason", "checked", "turn"}),
    "details-confirmed": frozenset({"corrected"}),
    "factor-skipped": frozenset(),
    "file-imported": frozenset({"job"}),
    "file-uploaded": frozenset({"job"}),
    "link-opened-again": frozenset({"authenticator"}),
    "mails-sent": frozenset({"kind", "count"}),
    "phone-claimed": frozenset({"authenticator"}),
    "approval-asked": frozenset({"purpose"}),
    "approval-answered": frozenset({"answer", "authenticator"}),
    "approvals-many": frozenset({"count"}),
    "caller-answered": frozenset({"request", "answer"}),
    "caller-asked": frozenset({"request", "purpose"}),
    "caller-flagged": frozenset({"request", "answer"}),
    "card-opened": frozenset({"agent"}),
    "codes-kept": frozenset(),
    "codes-skipped": frozenset(),
    "funnel-exported": frozenset({"journey", "weeks"}),
    "profile-answered": frozenset({"office", "questions"}),
    "recovery-code-used": frozenset({"left", "journey"}),
    "signed-in": frozenset({"methods"}),
    "signed-out": frozenset(),
    "sending-paused": frozenset({"sending"}),
    "sending-resumed": frozenset({"sending", "as_sending"}),
    "sessions-ended": frozenset({"count", "reason"}),
    "sign-in-paused": frozenset({"until"}),
    "staff-appointed": frozenset({"role"}),
    "staff-dismissed": frozenset(),
    "step-reset": frozenset({"step"}),
    "temporary-pass-made": frozenset({"pass"}),
    "temporary-pass-used": frozenset({"journey"}),
}
FIRST_SEAL = hashlib.sha256(b"perron audit trail").hexdigest()


class TwoSealers(Exception):
    """Another sealer was at the same events; its work stands."""


def record(event: str, /, *, account_id: str | None, actor: str, session_id: str | None = None, **payload: Any) -> None:
    """Write the event of this kind in the open transaction.

    `actor` is "person", "operator", "system" or an agent's name; `payload` has exactly the declared fields. Raises ValueError.
    """
    if frozenset(payload) != FIELDS.get(event):
        raise ValueError(f"The audit event {event!r} does not carry {sorted(payload)}.")
    salt = secrets.token_hex(16)
    db.session.add(
        AuditEvent(
            at=tools().clock.now(),
            kind=event,
            account_id=account_id,
            actor=actor,
            session_id=session_id,
            payload=payload,
            salt=salt,
            digest=_digest(salt, payload),
        )
    )


def seal_due(limit: int = 500) -> int:
    """Seal the oldest unsealed events, in id order; returns how many. A row that appears late with a lower id is sealed next.

    Raises `TwoSealers`, or an integrity error of the unique number, when another sealer was faster.
    """
    waits = db.session.scalar(select(AuditEvent.id).where(AuditEvent.seal.is_(None)).limit(1))
    db.session.rollback()
    if waits is None:
        return 0
    with write():
        last = db.session.scalar(
            select(AuditEvent.seal).where(AuditEvent.seal.is_not(None)).order_by(AuditEvent.sealed_order.desc())
        )
        order = db.session.scalar(select(func.max(AuditEvent.sealed_order))) or 0
        rows = db.session.scalars(
            select(AuditEvent).where(AuditEvent.seal.is_(None)).order_by(AuditEvent.id).limit(limit)
        ).all()
        for count, row in enumerate(rows, 1):
            last = _seal(last or FIRST_SEAL, row)
            changed = rows_changed(
                update(AuditEvent)
                .where(AuditEvent.id == row.id, AuditEvent.seal.is_(None))
                .values(seal=last, sealed_order=order + count)
            )
            if changed != 1:
                raise TwoSealers
        return len(rows)


def first_broken() -> int | None:
    """The id of the first event whose seal or digest does not fit, None when the whole trail verifies."""
    last = FIRST_SEAL
    for row in db.session.scalars(
        select(AuditEvent).where(AuditEvent.seal.is_not(None)).order_by(AuditEvent.sealed_order)
    ):
        if row.payload is not None and row.salt is not None and _digest(row.salt, row.payload) != row.digest:
            return row.id
        last = _seal(last, row)
        if last != row.seal:
            return row.id
    return None


def _digest(salt: str, payload: dict[str, Any]) -> str:
    return hashlib.sha256((salt + json.dumps(payload, sort_keys=True, ensure_ascii=False)).encode()).hexdigest()


def _seal(previous: str, row: AuditEvent) -> str:
    told = [
        previous,
        str(row.id),
        row.at.isoformat(),
        row.kind,
        row.account_id or "",
        row.actor,
        row.session_id or "",
        row.digest,
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
