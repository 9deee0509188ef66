"""What an operator may know of a person: where they stand, in words and as facts. Never a secret."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from wizard.domain import assurance
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.extensions import tools
from wizard.models import Account, Authenticator, Issue, OutboxMail, Session, db
from wizard.services import memberships
from wizard.services.facts import account_facts

MAILS = 5
STATES = {
    "disabled": "The account is disabled.",
    "connected": "First connection done.",
    "under-way": "Has begun and not finished.",
    "invited": "Invited, and has not begun.",
    "invitation-expired": "The invitation has ended and was not used to the end.",
    "not-invited": "Not invited yet.",
    "owes-forgotten-password": "The password was ended. A new one is asked for at the next sign-in.",
    "owes-replace-phone": "No phone or code app is left. A new one is asked for at the next sign-in.",
}


def facts(account: Account, now: datetime) -> dict[str, Any]:
    """Everything `perron people show` says of `account` at `now`.

    Subjects of mails are left out, because a mailed code stands in its subject; so are seeds, digests and tokens.
    """
    issue = _newest_issue(account)
    state = _state(account, issue, now)
    bound = list(db.session.scalars(_alive(account)))
    running = (Session.account_id == account.id, Session.revoked_at.is_(None))
    return _of_the_row(account) | {
        "state": state,
        "state_words": STATES[state],
        "last_sign_in_at": account.last_sign_in_at,
        "steps": _steps(account, issue, bound),
        "memberships": [_membership(each) for each in memberships.places_of(account.id)],
        "authenticators": [_authenticator(each) for each in bound],
        "open_sessions": db.session.scalar(select(func.count()).select_from(Session).where(*running)),
        "issue": _issue(issue, now),
        "mails": [_mail(each) for each in db.session.scalars(_last_mails(account))],
    }


def everyone(journey: str | None, limit: int | None) -> Iterator[dict[str, Any]]:
    """The accounts by user name, those without one by address, as they are read from the database.

    `journey` and `limit` narrow them when given.
    """
    by_name = func.coalesce(Account.username_key, Account.email_key)
    question = select(Account).order_by(by_name, Account.id).execution_options(yield_per=500)
    if journey:
        question = question.where(Account.journey == journey)
    for account in db.session.scalars(question.limit(limit)):
        yield _of_the_row(account)


def _of_the_row(account: Account) -> dict[str, Any]:
    columns = ("id", "username", "email", "given_name", "family_name", "display_name", "language", "journey")
    times = ("created_at", "disabled_at", "announced_at", "address_confirmed_at", "password_set_at")
    return {column: getattr(account, column) for column in (*columns, *times)}


def _membership(place: memberships.Place) -> dict[str, Any]:
    columns = ("organisation", "organisation_kind", "office", "office_kind", "country", "role")
    return {column: getattr(place, column) for column in columns}


def _state(account: Account, issue: Issue | None, now: datetime) -> str:
    if account.disabled_at:
        return "disabled"
    owed = assurance.owed(account_facts(account), tools().settings.second_factor)
    if owed is None:
        return "connected"
    if owed != account.journey:
        return f"owes-{owed}"
    has_begun = account.password_hash or account.factor_since or (issue and issue.first_used_at)
    if issue is None:
        return "under-way" if has_begun else "not-invited"
    if _issue_state(issue, now) == "open":
        return "under-way" if has_begun else "invited"
    return "under-way" if account.password_hash else "invitation-expired"


def _steps(account: Account, issue: Issue | None, bound: list[Authenticator]) -> list[dict[str, Any]]:
    """The steps whose fact lasts, by their slugs, and since when each is done (None: not done)."""
    proven = min((each.proven_at for each in bound if each.proven_at), default=None)
    own_password = account.password_set_at if account.password_hash else None
    second_step = {"choose-authenticator": proven or account.factor_skipped_at, "enter-code": proven}
    if account.journey == MIGRATED_ACCOUNT:
        done = {"create-password": own_password, "check-details": account.details_confirmed_at, **second_step}
    else:
        used = {"enter-password": issue.first_used_at if issue else None}
        done = {**used, **second_step, "change-password": own_password}
    return [{"step": step, "done_at": at} for step, at in done.items()]


def _newest_issue(account: Account) -> Issue | None:
    newest = select(Issue).where(Issue.account_id == account.id).order_by(Issue.created_at.desc(), Issue.id)
    return db.session.scalar(newest.limit(1))


def _issue_state(issue: Issue, now: datetime) -> str:
    if issue.ended_at:
        return issue.ended_reason or "ended"
    return "open" if issue.ends_at > now else "expired"


def _issue(issue: Issue | None, now: datetime) -> dict[str, Any] | None:
    if issue is None:
        return None
    times = {"created_at": issue.created_at, "ends_at": issue.ends_at, "first_used_at": issue.first_used_at}
    return {"state": _issue_state(issue, now)} | times


def _alive(account: Account) -> Any:
    of_account = select(Authenticator).where(Authenticator.account_id == account.id)
    bound = of_account.where(Authenticator.ended_at.is_(None), Authenticator.proven_at.is_not(None))
    return bound.order_by(Authenticator.created_at)


def _authenticator(row: Authenticator) -> dict[str, Any]:
    return {"kind": row.kind, "label": row.label, "proven_at": row.proven_at, "last_used_at": row.last_used_at}


def _last_mails(account: Account) -> Any:
    of_account = OutboxMail.account_id == account.id
    return select(OutboxMail).where(of_account).order_by(OutboxMail.created_at.desc(), OutboxMail.id).limit(MAILS)


def _mail(row: OutboxMail) -> dict[str, Any]:
    times = ("created_at", "handed_over_at", "button_opened_at")
    return {column: getattr(row, column) for column in ("kind", "recipient", "state", *times, "reply_code", "problem")}
