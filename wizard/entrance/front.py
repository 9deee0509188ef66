"""The front page, "first time here", the language menu and sign-out."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from wizard.domain.return_paths import is_same_site_path
from wizard.extensions import tools
from wizard.models import write
from wizard.services import audit
from wizard.services.memberships import organisations_exist
from wizard.services.visits import current_visit


def init_app(app: Flask) -> None:
    app.add_url_rule("/", "front", front)
    app.add_url_rule("/first-time", "first_time", first_time)
    app.add_url_rule("/language", "language", language, methods=["POST"])
    app.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])
    app.before_request(keep_asked_language)


def front() -> ResponseReturnValue:
    """Three entries: sign in, first time here, guide (S-52)."""
    return render_template("front.html")


def first_time() -> ResponseReturnValue:
    """Which way in for the first time."""
    ways = [
        (
            "/first-connection",
            _("I have a user name or an invitation"),
            _("An email or a letter with a user name and a temporary password."),
        )
    ]
    moved_from = tools().settings.migrated_from
    if moved_from or organisations_exist():
        ways.append(
            (
                "/migrated-account",
                _("My account was moved from %(portal)s", portal=moved_from)
                if moved_from
                else _("My account was moved from an old portal"),
                _("Your email address is enough. The old password no longer works."),
            )
        )
    return render_template("first_time.html", ways=ways)


def language() -> ResponseReturnValue:
    """Keep the chosen language and go back to the page. Unknown languages are refused, foreign addresses dropped."""
    chosen = request.form.get("language", "")
    if chosen not in tools().settings.languages or len(request.form.getlist("language")) > 1:
        raise BadRequest
    session["language"] = chosen
    place = request.form.get("next", "/")
    return redirect(without_language(place) if is_same_site_path(place) else "/", 303)


def without_language(path: str) -> str:
    """`path` without `?language=`, which would undo the choice."""
    parts = urlsplit(path)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "language"]
    return parts._replace(query=urlencode(kept)).geturl()


def keep_asked_language() -> None:
    """`?language=` of a link is kept like a choice from the menu; a file is stored by caches and sets no cookie (CVE-2023-30861)."""
    asked = request.args.get("language", "") if request.endpoint != "static" else ""
    if request.method == "GET" and asked in tools().settings.languages and session.get("language") != asked:
        session["language"] = asked


def sign_out() -> ResponseReturnValue:
    """End this browser's session and say so."""
    visit = current_visit()
    if visit.session is not None:
        with write():
            visit.reload()
            if visit.session is not None:
                audit.record(
                    "signed-out", account_id=visit.session.account_id, actor="person", session_id=visit.session.id
                )
            visit.sign_out()
        visit.committed()
    return render_template("account/signed_out.html")
