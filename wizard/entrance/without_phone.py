"""`/without-phone`: "I cannot use my phone". What happened decides the way on."""

from __future__ import annotations

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from wizard.services.visits import current_visit

NOT_HERE = "not-here"
REASONS = ("lost", "new", "broken", NOT_HERE)


def init_app(app: Flask) -> None:
    app.add_url_rule("/without-phone", "without_phone", without_phone, methods=["GET", "POST"])


def without_phone() -> ResponseReturnValue:
    """A phone that is only not here is passed by with a recovery code; any other is replaced, and a lost one ends at once."""
    if request.method == "GET":
        return render_template("without_phone.html")
    reason = request.form.get("reason", "")
    if reason not in REASONS or len(request.form.getlist("reason")) > 1:
        raise BadRequest
    visit = current_visit()
    if reason == NOT_HERE:
        visit.remember(way="use-recovery-code")
        visit.committed()
        return redirect("/sign-in", 303)
    visit.remember(lost=reason == "lost")
    visit.committed()
    return redirect("/replace-phone", 303)
