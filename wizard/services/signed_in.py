"""Who is signed in: judged live, at every request (SEC-06, SEC-57)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Request, g, redirect, request
from flask_login import current_user

from wizard.domain import assurance
from wizard.domain.assurance import Facts
from wizard.domain.journey_names import SIGN_IN
from wizard.extensions import login
from wizard.models import Account
from wizard.services.facts import facts_of
from wizard.services.visits import current_visit


def init_app(app: Flask) -> None:
    """Flask-Login asks us at every request, and never a cookie of its own."""
    app.config["SESSION_PROTECTION"] = None
    # Templates get no `current_user`: the page for a fault is drawn without database and session.
    login.init_app(app, add_context_processor=False)
    login.request_loader(_load)


def _load(_request: Request) -> SignedIn | None:
    return _signed_in()


class SignedIn:
    """The signed-in account as Flask-Login wants to see it, with the facts by which this request was judged."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, account: Account, facts: Facts) -> None:
        self.account = account
        self.facts = facts

    def get_id(self) -> str:
        return self.account.id


def current_facts() -> Facts:
    """What the judge reads for this request's browser."""
    visit = current_visit()
    return facts_of(visit.account, visit.session, visit.now)


def signed_in_account() -> Account | None:
    """The account that this browser is signed in to; None for everybody else."""
    found = _signed_in()
    return found.account if found else None


def _signed_in() -> SignedIn | None:
    if "signed_in" not in g:
        account, facts = current_visit().account, current_facts()
        g.signed_in = SignedIn(account, facts) if account is not None and assurance.signed_in(facts) else None
    return g.signed_in  # type: ignore[no-any-return]


def _way_in() -> str:
    """The journey by which this browser's person signs in: their first one, as long as they have no password to be asked for."""
    facts = current_facts()
    account = facts.account
    begins = account is not None and not (account.has_own_password or account.password_ended)
    return account.journey if account is not None and begins else SIGN_IN


def signed_in_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only signed-in people through; others sign in first and come back here."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if current_user.is_authenticated:
            return view(*args, **kwargs)
        if request.method == "GET":
            current_visit().come_back_to(request.path)
        return redirect(f"/{_way_in()}", 303)

    return guarded
