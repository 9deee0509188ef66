"""Outcomes: what posts to steps led to, for helpdesk and figures. Written alike for names that nobody has."""

from __future__ import annotations

from wizard.models import Outcome, db, write
from wizard.services import attempts
from wizard.services.visits import Visit


def done(visit: Visit, journey: str, step: str, what: str | None = None) -> None:
    """Note that the step was done, or what was chosen instead, in the open transaction."""
    db.session.add(_row(visit, journey, step, "done", what))


def refused(visit: Visit, journey: str, step: str, reason: str) -> None:
    """Note a refusal in a transaction of its own: the step's was rolled back."""
    with write() as session:
        session.add(_row(visit, journey, step, "refused", reason))


def _row(visit: Visit, journey: str, step: str, result: str, reason: str | None) -> Outcome:
    typed = visit.typed.username_key
    return Outcome(
        at=visit.now,
        journey=journey,
        step=step,
        result=result,
        reason=reason,
        account_id=visit.session.account_id if visit.session else None,
        session_id=visit.session.id if visit.session else None,
        subject=attempts.subject_of("outcome", typed) if typed else None,
        help_code=visit.help_code,
    )
