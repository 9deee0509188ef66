"""The page of a help code: a browser in which nobody is proven yet."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from wizard.domain.help_code import fold_help_code
from wizard.extensions import tools
from wizard.helpdesk.guard import current_agent
from wizard.models import Outcome
from wizard.services import desk_scope
from wizard.services.desk_card_events import outcome_lines
from wizard.services.desk_trail import trail_of_browser

LATELY = timedelta(days=14)
SHOWN = 20


def show(code: str) -> ResponseReturnValue:
    """The card of the one person whom the code leads to; without one what was done, and by nobody who is out of scope."""
    now = tools().clock.now()
    folded = fold_help_code(code)
    trail = trail_of_browser(folded, now - LATELY) if folded else ()
    if not trail:
        raise NotFound
    accounts = dict.fromkeys(row.account_id for row in trail if row.account_id)
    seen = [found for account_id in accounts if (found := desk_scope.find(current_agent(), account_id))]
    if len(seen) == 1 and len(accounts) == 1:
        return redirect(f"/helpdesk/people/{seen[0].id}", 303)
    if accounts and not seen:
        raise NotFound
    return render_template(
        "helpdesk/card_session.html",
        asked=folded,
        code=folded,
        people=seen,
        lines=list(outcome_lines(_of_nobody(trail), []))[:SHOWN],
        last=trail[0],
        now=now,
    )


def _of_nobody(trail: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    return tuple(row for row in trail if row.account_id is None)
