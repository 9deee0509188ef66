"""Who is let into the console: an agent who is signed in with a second step; and acts want a fresh one (SEC-56)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import g, redirect, request
from flask_login import current_user
from werkzeug.exceptions import NotFound

from wizard.domain.assurance import FACTOR
from wizard.domain.desk_rights import DeskRight
from wizard.extensions import tools
from wizard.models import Account
from wizard.services import desk_scope, kept_forms, staff
from wizard.services.staff import Agent
from wizard.services.visits import current_visit

PURPOSE = "helpdesk"
NOT_SIGNED_IN = frozenset({"address"})
"""What is not kept where nobody was signed in any more: anybody at that computer could have typed it."""


def current_agent() -> Agent:
    """The agent of this request; only behind `agents_only`."""
    return g.agent  # type: ignore[no-any-return]


def agent_may(right: DeskRight) -> bool:
    """For templates: whether this request's agent has `right`."""
    return "agent" in g and current_agent().may(right)


def kept_here() -> dict[str, str]:
    """What was typed on this page before its agent had to sign in or to confirm once more; empty when nothing was."""
    return kept_forms.kept(current_visit(), _here())


def agents_only(
    right: DeskRight = "view", *, acts: bool = False, back: str = "", keeps: tuple[str, ...] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let agents with `right` through. For everybody else the console does not exist: 404; who is not signed in signs in first.

    An agent must hold a second step, whatever the policy, and this session must have proven it. `acts`: not longer ago than the
    setting says; else it is asked for once more. Who had to sign in or to confirm once more comes back to the page: to `back` where
    the address of a post is none. The fields in `keeps` are then filled as they were (`kept_here`), for the same agent alone.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return _sign_in_first(back, keeps)
            agent = staff.agent(current_user.account)
            if agent is None or not agent.may(right):
                raise NotFound
            g.agent = agent
            facts = current_user.facts
            if facts.account is None or not facts.account.authenticators:
                return redirect("/replace-phone", 303)
            age = timedelta(seconds=tools().settings.agent_step_up_age)
            if facts.proven(FACTOR) is None or (acts and facts.own_factor_proof(age) is None):
                return _prove_again(back, keeps)
            if keeps:
                _forget_kept()
            return view(*args, **kwargs)

        return guarded

    return decorate


def person_or_404(account_id: str) -> Account:
    """The account that a page of the console is about; whom the agent does not see is not found."""
    found = desk_scope.find(current_agent(), account_id)
    if found is None:
        raise NotFound
    return found


def _sign_in_first(back: str, keeps: tuple[str, ...]) -> Any:
    _come_back(back, tuple(name for name in keeps if name not in NOT_SIGNED_IN))
    return redirect("/sign-in", 303)


def _prove_again(back: str, keeps: tuple[str, ...]) -> Any:
    visit = current_visit()
    _come_back(back, keeps)
    visit.ask_again(FACTOR, visit.now, purpose=PURPOSE)
    return redirect("/sign-in", 303)


def _come_back(back: str, keeps: tuple[str, ...]) -> None:
    """Note where the agent comes back to, and what was typed there."""
    visit = current_visit()
    page = _here() if request.method == "GET" else back or _here()
    visit.come_back_to(page)
    if request.method == "POST" and keeps:
        kept_forms.keep(visit, page, {name: request.form[name] for name in keeps if name in request.form})


def _forget_kept() -> None:
    """This post brings the fields along."""
    visit = current_visit()
    kept_forms.forget(visit)
    visit.committed()


def _here() -> str:
    """The address of this request, with its question."""
    return request.full_path.rstrip("?")
