"""The page of a help code: a browser in which nobody is proven yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import redirect, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from wizard.domain.help_code import fold_help_code
from wizard.extensions import tools
from wizard.helpdesk.guard import current_agent
from wizard.models import Account, Outcome
from wizard.services import desk_scope
from wizard.services.desk_card_events import outcome_lines
from wizard.services.desk_trail import trail_of_browser

LATELY = timedelta(days=14)
SHOWN = 20


@dataclass(frozen=True)
class _Browser:
    """What was done lately in the browser with a help code, newest first. `people`: whom the agent sees of those proven in it."""

    trail: tuple[Outcome, ...]
    people: list[Account]

    @property
    def has_one_person(self) -> bool:
        return len({row.account_id for row in self.trail if row.account_id}) == len(self.people) == 1


def has_page(code: str) -> bool:
    """Whether there is anything to say of this help code. It is folded."""
    return _browser(code) is not None


def show(code: str) -> ResponseReturnValue:
    """The card of the one person whom the code leads to; without one what was done, and by nobody who is out of scope."""
    folded = fold_help_code(code)
    browser = _browser(folded) if folded else None
    if browser is None:
        raise NotFound
    if browser.has_one_person:
        return redirect(f"/helpdesk/people/{browser.people[0].id}", 303)
    return render_template(
        "helpdesk/card_session.html",
        asked=folded,
        code=folded,
        people=browser.people,
        lines=list(outcome_lines(tuple(row for row in browser.trail if row.account_id is None), []))[:SHOWN],
    )


def _browser(folded: str) -> _Browser | None:
    """None when nothing was done in it, or only by people whom the agent does not see."""
    trail = trail_of_browser(folded, tools().clock.now() - LATELY)
    ids = dict.fromkeys(row.account_id for row in trail if row.account_id)
    people = [found for account_id in ids if (found := desk_scope.find(current_agent(), account_id))]
    return None if not trail or (ids and not people) else _Browser(trail, people)
