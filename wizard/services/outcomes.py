"""Outcomes: what posts to steps led to, for helpdesk and figures. Written alike for names that nobody has."""

from __future__ import annotations

from sqlalchemy import update

from wizard.models import Account, Outcome, db, write
from wizard.models.database import rows_changed
from wizard.services import attempts
from wizard.services.visits import Visit


def done(visit: Visit, journey: str, step: str, what: str | None = None, *, inside: bool) -> None:
    """Note that the step was done, or what was chosen instead, in the open transaction. `inside`: this browser is signed in by now."""
    _note(_row(visit, journey, step, "done", what), inside=inside)


def refused(visit: Visit, journey: str, step: str, reason: str, *, inside: bool) -> None:
    """Note a refusal in a transaction of its own: the step's was rolled back."""
    with write():
        _note(_row(visit, journey, step, "refused", reason), inside=inside)


def _note(outcome: Outcome, *, inside: bool) -> None:
    db.session.add(outcome)
    if outcome.account_id is not None and not inside:
        mine = update(Account).where(Account.id == outcome.account_id)
        rows_changed(mine.values(under_way_since=outcome.at))


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
