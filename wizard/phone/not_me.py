"""What the computer that asked is told when the phone has answered "It is not me": its session has ended, and why."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wizard.errors import Problem, show
from wizard.models import Account, db
from wizard.services.visits import current_visit

WAITING_PAGE = ".match_number.page"


def tell() -> ResponseReturnValue | None:
    """In front of the page that waits for the phone, loaded anew or pressed: once, then the browser has no session any more."""
    if not (request.endpoint or "").endswith(WAITING_PAGE):
        return None
    visit = current_visit()
    ended = visit.ended
    if ended is None or ended.revoked_reason != "not-me":
        return None
    visit.forget_replaced()
    account = db.session.get(Account, ended.account_id) if ended.account_id else None
    return show(_problem(account, f"/{request.path.split('/')[1]}"), 403)


def _problem(account: Account | None, journey: str) -> Problem:
    title = _("You are not signed in")
    what = _("On the phone it was answered that it is not you. This sign-in was ended.")
    if account is not None and account.password_hash is None and account.password_ended_at is not None:
        todo = _("If that was a mistake, choose a new password: the one that was typed no longer works.")
        return Problem("not-me", title, what, todo, "/forgotten-password", _("Choose a new password"))
    todo = _("If that was a mistake, begin again. If you are not sure, call the number below.")
    return Problem("not-me", title, what, todo, journey, _("Begin again"))
