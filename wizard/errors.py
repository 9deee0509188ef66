"""Problem pages: what happened, what to do, whom to call. The pages for 500 and 503 need neither database nor session."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

from wizard.journeys.model import NoWayOn
from wizard.models import db
from wizard.models.database import DatabaseBusy
from wizard.services.hashing import HashingBusy

RETRY_AFTER = "5"  # seconds
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Problem:
    """One problem page. `kind` is the stable word in `data-problem`; `refused` that in `data-refused`, where a post was refused by it."""

    kind: str
    title: str
    what: str
    todo: str = ""
    action_url: str | None = None
    action_text: str = ""
    when: datetime | None = None
    refused: str | None = None


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(NoWayOn, on_no_way_on)
    for busy in (DatabaseBusy, HashingBusy, OperationalError, PoolTimeoutError):
        app.register_error_handler(busy, on_busy)
    app.register_error_handler(InternalServerError, on_fault)


def show(problem: Problem, status: int) -> ResponseReturnValue:
    return render_template("errors/problem.html", problem=problem), status


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    db.session.rollback()
    body, status = render_template("errors/problem.html", problem=_problem_of(error)), error.code or 400
    headers = {name: value for name, value in error.get_headers() if name in {"Retry-After", "Allow"}}
    return body, (403 if isinstance(error, CSRFError) else status), headers


def _problem_of(error: HTTPException) -> Problem:
    again = {"action_url": "/", "action_text": _("To the front page")}
    if isinstance(error, CSRFError):
        return Problem(
            "form-expired",
            _("This page was open for too long"),
            _("Its form does not fit any more. Nothing was changed, and what you have done before is kept."),
            _("Go back to where you were and enter your answer once more."),
            action_url=request.path,
            action_text=_("Load the page anew"),
        )
    known = {
        400: (
            "not-understood",
            _("This request could not be understood"),
            _("What the browser sent is not what this page asks for. Nothing was changed."),
            _("Begin again at the front page: what you have done before is kept."),
        ),
        403: (
            "not-allowed",
            _("This does not come from our page"),
            _("The browser says that another website sent this. For your safety nothing was changed."),
            _("Open the front page and go on from there."),
        ),
        404: (
            "not-found",
            _("There is no such page"),
            _("The address may be mistyped or cut off."),
            _("If you followed a link in an email, press the button in the email itself, or copy the whole address."),
        ),
        413: (
            "too-large",
            _("That was too much at once"),
            _("What the browser sent is larger than any form of this site. Nothing was changed."),
            _("Go back, enter less and try again."),
        ),
        429: (
            "too-many-requests",
            _("Too many tries from this connection"),
            _("Somebody on your network, perhaps not you, has tried very often within a minute."),
            _("Wait for a minute, then go on. What you have done before is kept."),
        ),
    }
    kind, title, what, todo = known.get(error.code or 400, known[400])
    return Problem(kind, title, what, todo, **again)


def on_no_way_on(error: NoWayOn) -> ResponseReturnValue:
    """A person who ever had a second step and has none that can be used now: the helpdesk helps, or the phone when it is here again."""
    title, action, place = _("From here we have to help you"), _("To the front page"), "/"
    what = _("For your safety this cannot be done without your second step, and there is no other way open.")
    if error.reason == "not-here":
        title, action, place = _("Go on when you have your phone"), _("Back"), error.back
        what = _("You have no other way to confirm. What you have done before is kept.")
    elif error.reason == "lost":
        what = _(
            "What you have lost still confirms until the helpdesk has ended it. Without your password it lets nobody in."
        )
    call = _("Call the number below and say the code that stands beside it: the helpdesk opens the next step for you.")
    return show(Problem("no-way-on", title, what, call, action_url=place, action_text=action), 403)


def on_busy(error: Exception) -> ResponseReturnValue:
    _log.warning("busy", kind=type(error).__name__)
    return _plain(503)


def on_fault(error: InternalServerError) -> ResponseReturnValue:
    cause = error.original_exception or error
    if isinstance(cause, DBAPIError) and cause.connection_invalidated:
        return on_busy(cause)
    # Never the path: that of a mail's button is its token.
    _log.error("fault", page=request.endpoint, kind=type(cause).__name__, trace=_trace(cause))
    return _plain(500)


def _trace(cause: BaseException) -> str:
    """Where it came from and what was said, the first exception first; of a database's words only the first line.

    PostgreSQL repeats in the lines after it the values of keys and parameters: names, addresses, digests.
    """
    chain: list[BaseException] = []
    each: BaseException | None = cause
    while each is not None and each not in chain:
        chain.append(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    drivers = [each.orig for each in chain if isinstance(each, DBAPIError)]
    parts: list[str] = []
    for each in reversed(chain):
        said = str(each)
        if isinstance(each, DBAPIError) or any(each is driver for driver in drivers):
            said = said.partition("\n")[0]
        if isinstance(each, DBAPIError) and each.statement:
            said += f"\n[SQL: {each.statement}]"
        parts += [*traceback.format_tb(each.__traceback__), f"{type(each).__name__}: {said}\n"]
    return "".join(parts)


def _plain(status: int) -> ResponseReturnValue:
    g.without_database = True
    try:
        db.session.rollback()
    except Exception as error:  # noqa: BLE001 - the page must come whatever the database does
        _log.warning("no rollback", kind=type(error).__name__)
    return render_template("errors/plain.html"), status, {"Retry-After": RETRY_AFTER} if status == 503 else {}
