"""`/i/<token>`: the mail's button. GET shows who it is for and changes nothing; only a person's press counts.

Mail scanners open links at delivery, some with scripts: nothing is spent by a GET and nothing is sent by a script.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, TooManyRequests

from wizard.domain.assurance import BUTTON
from wizard.errors import Problem, show
from wizard.models import Account, Issue, MailedCode, Session, db, write
from wizard.services import addresses, issues, mails, names, outcomes, passwords, sources
from wizard.services.passwords import NoLongerTrue
from wizard.services.visits import current_visit, lock_account

JOURNEY = "first-connection"


@dataclass(frozen=True)
class Landed:
    """What a token leads to: an issue or a mailed code, its account and how it stands."""

    row: Issue | MailedCode
    account: Account
    state: str
    since: datetime | None
    ends: datetime


def init_app(app: Flask) -> None:
    app.add_url_rule("/i/<token>", "button", button, methods=["GET", "POST"])


def button(token: str) -> ResponseReturnValue:
    if request.method == "POST" and (request.form.getlist("choice") not in (["yes"], []) or request.files):
        raise BadRequest
    if request.method == "POST" and not sources.count(request.remote_addr).allowed:
        raise TooManyRequests
    landed = _landed(token)
    if landed is None:
        return show(_unknown(), 404)
    if landed.state != "open":
        if request.method == "POST" and current_visit().is_pressed_twice():
            return redirect(f"/{_journey(landed)}", 303)
        return show(_ended(landed), 410)
    if request.method == "POST":
        return _press(token, landed)
    return _draw(landed)


def _landed(token: str) -> Landed | None:
    now = current_visit().now
    issue = issues.find_by_button(token)
    if issue is not None:
        account = db.session.get(Account, issue.account_id)
        if account is None or account.disabled_at is not None:
            return None
        state = issues.state(issue, now)
        return Landed(issue, account, state, issue.ended_at or issue.ends_at, issue.ends_at)
    mailed = addresses.find_by_button(token)
    if mailed is None or mailed.account_id is None:
        return None
    account = db.session.get(Account, mailed.account_id)
    if account is None or account.disabled_at is not None:
        return None
    ends = addresses.code_ends(mailed)
    state = "open" if ends > now else "expired"
    since = mailed.used_at or mailed.ended_at or ends
    if mailed.used_at or mailed.ended_at:
        state = "used" if mailed.used_at else "replaced"
    return Landed(mailed, account, state, since, ends)


def _draw(landed: Landed) -> str:
    return render_template(
        "invitation.html",
        name=landed.account.name if landed.account.name != landed.account.username else "",
        username=landed.account.username or landed.account.email,
        ends=landed.ends,
        purpose="invitation" if isinstance(landed.row, Issue) else "address",
        elsewhere=_is_begun_elsewhere(landed.row),
    )


def _is_begun_elsewhere(row: Issue | MailedCode) -> bool:
    if not isinstance(row, Issue) or row.session_id is None:
        return False
    holder = db.session.get(Session, row.session_id)
    own = current_visit().session
    return holder is not None and holder.revoked_at is None and (own is None or own.id != holder.id)


def _press(token: str, landed: Landed) -> ResponseReturnValue:
    visit = current_visit()
    row_id, account_id = landed.row.id, landed.account.id
    is_issue = isinstance(landed.row, Issue)
    journey = _journey(landed)
    try:
        with write():
            visit.reload()
            account = lock_account(account_id)
            if account is None or account.disabled_at is not None:
                raise NoLongerTrue
            if visit.account is not None and visit.account.id != account_id:
                visit.sign_out("another-account")
            if is_issue:
                passwords.use_issue(visit, account, row_id, BUTTON, JOURNEY)
            elif not addresses.press(visit, row_id):
                raise NoLongerTrue
            visit.remember(username=account.username or account.email, username_key=names.key_of(account), way="")
            mails.note_button_opened(account, "invitation" if is_issue else "mailed_code", visit.now)
            outcomes.done(visit, journey, "button")
    except NoLongerTrue:
        visit.rolled_back()
        if visit.is_pressed_twice():
            return redirect(f"/{journey}", 303)
        found = _landed(token)
        return show(_ended(found) if found is not None else _unknown(), 410)
    visit.committed()
    return redirect(f"/{journey}", 303)


def _journey(landed: Landed) -> str:
    return JOURNEY if isinstance(landed.row, Issue) else landed.row.journey


def _unknown() -> Problem:
    return Problem(
        "link-unknown",
        _("This button leads nowhere"),
        _("The address of the button is not complete, or it was never sent by us."),
        _("Press the button in the email itself, or sign in with your user name."),
        action_url="/",
        action_text=_("To the front page"),
    )


def _ended(landed: Landed) -> Problem:
    titles = {
        "used": ("link-used", _("This button was used already")),
        "expired": ("link-expired", _("This button has run out")),
        "replaced": ("link-replaced", _("A newer email replaces this one")),
    }
    kind, title = titles.get(landed.state, titles["replaced"])
    if isinstance(landed.row, MailedCode):
        return _ended_mail(landed, kind, title)
    if landed.state == "used":
        return Problem(
            kind, title,
            _("Your own password is set: the invitation has done its work."),
            _("Sign in with your own password. If it was not you who set it, call the number below."),
            action_url="/sign-in", action_text=_("Sign in"), when=landed.since,
        )  # fmt: skip
    what = {
        "expired": _("An invitation is good for some days only."),
    }.get(landed.state, _("We have sent you a newer invitation, or the helpdesk has ended this one."))
    return Problem(
        kind, title, what,
        _("Look for the newest email from us. If there is none, call the number below: you will be sent a new one."),
        action_url="/", action_text=_("To the front page"), when=landed.since,
    )  # fmt: skip


def _ended_mail(landed: Landed, kind: str, title: str) -> Problem:
    assert isinstance(landed.row, MailedCode)
    what = {
        "used": _("The button and the code of this email work once, and one of them was used."),
        "expired": _("The email is older than its button is good for."),
    }.get(landed.state, _("You have gone on with another of our emails, or the helpdesk has ended this one."))
    return Problem(
        kind, title, what,
        _("Go on where you were, or ask for a new email."),
        action_url=f"/{landed.row.journey}", action_text=_("Continue"), when=landed.since,
    )  # fmt: skip
