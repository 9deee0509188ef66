"""Whom an agent sees: the one place that says so. Every query of the console asks it; who is out of scope is not found (SEC-55).

A membership that is only offered brings nobody into a scope: a colleague may offer one to any address.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, select, true

from wizard.domain import search_marks
from wizard.models import Account, Membership, Office, db
from wizard.services.memberships import is_living
from wizard.services.staff import Agent, Scope


def within(agent: Agent) -> ColumnElement[bool]:
    """A condition on `Account`: those whom this agent sees."""
    return condition(agent.scope)


def condition(scope: Scope) -> ColumnElement[bool]:
    """A condition on `Account`: those whom somebody with this scope sees."""
    conditions: list[ColumnElement[bool]] = []
    if scope.language:
        conditions.append(Account.language == scope.language)
    if scope.organisation_id or scope.country:
        belongs = select(Membership.id).join(Office, Office.id == Membership.office_id)
        belongs = belongs.where(Membership.account_id == Account.id, is_living())
        if scope.organisation_id:
            belongs = belongs.where(Membership.organisation_id == scope.organisation_id)
        if scope.country:
            belongs = belongs.where(Office.country == scope.country)
        conditions.append(exists(belongs.correlate(Account)))
    return and_(true(), *conditions) if conditions else true()


def marks(agent: Agent) -> tuple[str, ...]:
    """The marks by which the search finds whom this agent sees: they say the same as `within`."""
    scope = agent.scope
    found = []
    if scope.organisation_id and scope.country:
        found.append(search_marks.of_place(scope.organisation_id, scope.country))
    elif scope.organisation_id:
        found.append(search_marks.of_organisation(scope.organisation_id))
    elif scope.country:
        found.append(search_marks.of_country(scope.country))
    if scope.language:
        found.append(search_marks.of_language(scope.language))
    return tuple(found)


def find(agent: Agent, account_id: str) -> Account | None:
    """The account with this id, None when the agent does not see it or there is none."""
    return db.session.scalar(select(Account).where(Account.id == account_id, within(agent)))
