"""What every request of a browser with a session passes: the token that was replaced a moment ago, "still here" once a minute, and
last the length of its cookie.

With the replaced token, the same form pressed twice gets the same answer, with a token of its own; anything else is sent to the
same address once, without a cookie, so that the newer one that the browser may hold stands. Whoever comes back with the old one has
no session (SEC-35).
"""

from __future__ import annotations

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue

from wizard.extensions import csrf
from wizard.services import kept_forms
from wizard.services.visits import current_visit, note_seen

AGAIN = "again"
WITHOUT_VISIT = frozenset({"static", "healthz", "readyz"})


def init_app(app: Flask) -> None:
    app.before_request(send_on)
    app.before_request(keep_alive)
    app.after_request(keep_cookie_short)


def send_on() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint in WITHOUT_VISIT or current_visit().just_replaced is None:
        return None
    visit = current_visit()
    if request.method == "POST":
        csrf.protect()
        if visit.take_over_replaced():
            return redirect(request.path, 303)
        visit.end_take_over()
    if AGAIN in request.args:
        visit.forget_replaced()
        return redirect("/sign-in", 303)
    rule = request.url_rule
    place = request.path if rule is not None and "GET" in (rule.methods or ()) else "/"
    return redirect(f"{place}?{AGAIN}=1", 303)


def keep_alive() -> None:
    if (
        request.endpoint is not None
        and request.endpoint not in WITHOUT_VISIT
        and not request.endpoint.endswith(".wait")
    ):
        note_seen(current_visit())


def keep_cookie_short(response: Response) -> Response:
    kept_forms.give_way()
    return response
