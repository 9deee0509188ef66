"""Who waits: people under way who have not gone on for a while, the longest first, and messages to the helpdesk.

The list is read by the index on the time at which they did something last, and stops when a page is full.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, false, func, select, true, update

from wizard.extensions import tools
from wizard.models import Account, DeskRequest, Membership, Organisation, Outcome, db, write
from wizard.models.database import rows_changed
from wizard.services import audit, desk_scope
from wizard.services.desk_under_way import place, under_way
from wizard.services.funnel_flights import Flight
from wizard.services.funnel_questions import Filters
from wizard.services.staff import Agent

PAGE = 50  # rows
PAGES = 20
QUIET = timedelta(minutes=10)
COUNTED = 1000  # people of whom the counts by step are made


@dataclass(frozen=True)
class Stuck:
    """Somebody who has not gone on since `since`. `step` is where they are now, `reason` why the last post was refused (None: it was not).

    `reason` of a done post is what was chosen; `refused` says which it is.
    """

    account_id: str
    name: str
    address: str
    organisation: str
    language: str
    journey: str
    step: str
    since: datetime
    refused: bool
    reason: str | None


@dataclass(frozen=True)
class Page:
    """One page of the list."""

    people: tuple[Stuck, ...]
    more: bool


@dataclass(frozen=True)
class Wanted:
    """What an agent asks the list for; `step` is where people are."""

    agent: Agent
    filters: Filters = field(default_factory=Filters)
    step: str | None = None


def stuck(wanted: Wanted, flights: Collection[Flight], page: int = 1) -> Page:
    """The page, from 1 on, of those who wait longest."""
    asked = waiting(wanted, flights).offset((page - 1) * PAGE).limit(PAGE + 1)
    rows = db.session.execute(asked).all()
    shown = rows[:PAGE]
    named = _organisations([row.Account.id for row in shown], wanted.agent)
    people = tuple(_stuck(row.Account, row.Outcome, row.place, named.get(row.Account.id, "")) for row in shown)
    return Page(people, len(rows) > PAGE)


def counts(wanted: Wanted, flights: Collection[Flight]) -> dict[str, int]:
    """How many of the thousand who wait longest are at each step."""
    first = waiting(wanted, flights).with_only_columns(place(flights).label("place")).limit(COUNTED).subquery()
    rows = db.session.execute(select(first.c.place, func.count()).group_by(first.c.place))
    return dict(rows.all())


def requests(agent: Agent) -> tuple[list[DeskRequest], bool]:
    """The messages that nobody has settled, the oldest first, and whether there are more than a page.

    They come from people without an account: they have a language, but no organisation and no country.
    """
    open_ones = select(DeskRequest).where(DeskRequest.settled_at.is_(None), _readable(agent))
    rows = list(db.session.scalars(open_ones.order_by(DeskRequest.created_at, DeskRequest.id).limit(PAGE + 1)))
    return rows[:PAGE], len(rows) > PAGE


def settle(agent: Agent, request_id: str) -> bool:
    """Settle the message; False when somebody did before, or the agent does not see it."""
    now = tools().clock.now()
    with write():
        mine = update(DeskRequest).where(
            DeskRequest.id == request_id, DeskRequest.settled_at.is_(None), _readable(agent)
        )
        if rows_changed(mine.values(settled_at=now, settled_by=agent.account_id)) != 1:
            return False
        audit.record("access-request-settled", account_id=None, actor=agent.account_id, request=request_id)
    return True


def waiting(wanted: Wanted, flights: Collection[Flight]) -> Select[Outcome, Account, str]:
    """The statement: what they did last, account, and the step where they are, the oldest first."""
    asked = (
        under_way(flights)
        .where(Account.under_way_since <= tools().clock.now() - QUIET)
        .where(desk_scope.within(wanted.agent), wanted.filters.condition())
        .order_by(Account.under_way_since, Account.id)
    )
    if wanted.step is None:
        return asked
    # A mere comparison PostgreSQL takes for rare: it would fetch and sort everybody instead of reading until a page is full.
    return asked.where(func.coalesce(place(flights) == wanted.step, false()))


def _stuck(account: Account, outcome: Outcome, step: str, organisation: str) -> Stuck:
    return Stuck(
        account_id=account.id,
        name=account.name,
        address=account.email,
        organisation=organisation,
        language=account.language,
        journey=outcome.journey,
        step=step,
        since=outcome.at,
        refused=outcome.result == "refused",
        reason=outcome.reason,
    )


def _organisations(account_ids: list[str], agent: Agent) -> dict[str, str]:
    """By account, the name of an organisation it belongs to; of the agent's own one only where the scope is one."""
    named = (
        select(Membership.account_id, func.min(Organisation.name))
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.account_id.in_(account_ids), Membership.ended_at.is_(None))
    )
    if agent.scope.organisation_id:
        named = named.where(Membership.organisation_id == agent.scope.organisation_id)
    return dict(db.session.execute(named.group_by(Membership.account_id)).all())


def _readable(agent: Agent) -> ColumnElement[bool]:
    scope = agent.scope
    if scope.organisation_id or scope.country:
        return false()
    return DeskRequest.language == scope.language if scope.language else true()
