"""`/i/<token>`: the mail's button. GET shows who it is for and changes nothing; only a person's press counts.

Mail scanners open links at delivery, some with scripts: nothing is spent by a GET and nothing is sent by a script.
"""

from __future__ import annotations

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from wizard.domain import assurance
from wizard.entrance import landed
from wizard.entrance.landed import Landed
from wizard.errors import Problem, show
from wizard.extensions import tools
from wizard.journeys.runner import count_source
from wizard.models import Issue, MailedCode, Session, db, write
from wizard.services import memberships, outcomes
from wizard.services.facts import facts_of
from wizard.services.passwords import NoLongerTrue
from wizard.services.visits import current_visit


def init_app(app: Flask) -> None:
    app.add_url_rule("/i/<token>", "button", button, methods=["GET", "POST"])


def button(token: str) -> ResponseReturnValue:
    if request.method == "POST":
        if request.form.getlist("choice") not in (["yes"], []) or request.files:
            raise BadRequest
        count_source()
    found = landed.find(token)
    if found is None:
        return show(_unknown(), 404)
    if found.state != "open":
        if request.method == "POST" and current_visit().is_pressed_twice():
            return redirect(f"/{found.journey}", 303)
        return show(_ended(found), 410)
    if request.method == "POST":
        return _press(token, found)
    return _draw(found)


def _draw(found: Landed) -> str:
    account = found.account
    return render_template(
        "invitation.html",
        name=account.full_name if account is not None else "",
        username=found.shown_name,
        places=memberships.places_of(account.id) if account is not None and found.is_of_moved_account else [],
        ends=found.ends,
        purpose=_purpose(found),
        elsewhere=_is_begun_elsewhere(found.row),
    )


def _purpose(found: Landed) -> str:
    """What the button stands for: an address, an account that is known by its address, or user name and temporary password."""
    if isinstance(found.row, MailedCode):
        return "address"
    return "moved" if found.is_of_moved_account else "invitation"


def _is_begun_elsewhere(row: Issue | MailedCode) -> bool:
    if not isinstance(row, Issue) or row.session_id is None:
        return False
    holder = db.session.get(Session, row.session_id)
    # A session of this very browser may have run out: one browser, one session, so it ends by itself.
    own = tools().keyring.digests("browser", current_visit().nonce)
    return holder is not None and holder.revoked_at is None and holder.visit not in own


def _press(token: str, found: Landed) -> ResponseReturnValue:
    visit, journey = current_visit(), found.journey
    try:
        with write():
            visit.reload()
            landed.use(visit, found)
            inside = assurance.signed_in(facts_of(visit.account, visit.session, visit.now))
            outcomes.done(visit, journey, "button", inside=inside)
    except NoLongerTrue:
        visit.rolled_back()
        if visit.is_pressed_twice():
            return redirect(f"/{journey}", 303)
        left = landed.find(token)
        return show(_ended(left) if left is not None else _unknown(), 410)
    visit.committed()
    return redirect(f"/{journey}", 303)


def _unknown() -> Problem:
    return Problem(
        "link-unknown",
        _("This button leads nowhere"),
        _("The address of the button is not complete, or it was never sent by us."),
        _("Press the button in the email itself, or sign in with your user name."),
        action_url="/",
        action_text=_("To the front page"),
    )


def _ended(found: Landed) -> Problem:
    titles = {
        "used": ("link-used", _("This button was used already")),
        "expired": ("link-expired", _("This button has run out")),
        "replaced": ("link-replaced", _("A newer email replaces this one")),
    }
    kind, title = titles.get(found.state, titles["replaced"])
    if isinstance(found.row, MailedCode):
        return _ended_mail(found, kind, title)
    if found.state == "used":
        return Problem(
            kind, title,
            _("Your own password is set: the invitation has done its work."),
            _("Sign in with your own password. If it was not you who set it, call the number below."),
            action_url="/sign-in", action_text=_("Sign in"), when=found.since,
        )  # fmt: skip
    if found.is_of_moved_account:
        return Problem(
            kind, title,
            _("That does not matter: your email address is enough to go on."),
            _("Enter it on the next page, and we send you a new email."),
            action_url=f"/{found.journey}", action_text=_("Continue"), when=found.since,
        )  # fmt: skip
    what = {
        "expired": _("An invitation is good for some days only."),
    }.get(found.state, _("We have sent you a newer invitation, or the helpdesk has ended this one."))
    return Problem(
        kind, title, what,
        # A fresh account belongs to whoever reads its mail: the address sets the first password (DESIGN, section 3).
        _("Look for the newest email from us. If there is none, ask for one with a code: it lets you choose your password."),
        action_url="/forgotten-password", action_text=_("Get an email with a code"), when=found.since,
    )  # fmt: skip


def _ended_mail(found: Landed, kind: str, title: str) -> Problem:
    what = {
        "used": _("The button and the code of this email work once, and one of them was used."),
        "expired": _("The email is older than its button is good for."),
    }.get(found.state, _("You have gone on with another of our emails, or the helpdesk has ended this one."))
    return Problem(
        kind, title, what,
        _("Go on where you were, or ask for a new email."),
        action_url=f"/{found.journey}", action_text=_("Continue"), when=found.since,
    )  # fmt: skip
