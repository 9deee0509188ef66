"""What the audit trail is told of the helpdesk's acts."""

from __future__ import annotations

from typing import Literal

from wizard.models import DeskAct
from wizard.services import audit
from wizard.services.staff import Agent

Turn = Literal["asked", "approved", "refused", "done", "undone", "run-out"]

FLAGGED = "caller-flagged"


def tell(row: DeskAct, turn: Turn, by: Agent | None) -> None:
    """Record that an act was asked for, approved, refused, done or undone, in the open transaction; `by` None: its time did."""
    audit.record(
        "desk-act",
        account_id=row.account_id,
        actor=by.name if by else "system",
        desk_act=row.id,
        act=row.act,
        step=row.step,
        reason=row.reason,
        checked=row.checked_how,
        turn=turn,
    )
