"""Who is under way, and where: the queue lists them, and the search says it beside a name.

Somebody under way has an account, did something within two weeks in a browser that is not signed in, and has not signed in since
(`Account.under_way_since`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import aliased

from wizard.extensions import tools
from wizard.models import Account, Outcome, db
from wizard.services.funnel_flights import Flight

TOO_OLD = timedelta(days=14)


def under_way(flights: Collection[Flight]) -> Select[Outcome, Account, str]:
    """The statement, for further conditions: what they did last, account, and the step (a slug) at which that left them, as `place`."""
    of_then = aliased(Outcome)
    last = select(func.max(of_then.id)).where(of_then.at == Account.under_way_since, of_then.account_id == Account.id)
    return (
        select(Outcome, Account, place(flights).label("place"))
        .select_from(Account)
        .join(Outcome, Outcome.id == last.correlate(Account).scalar_subquery())
        .where(Account.under_way_since > tools().clock.now() - TOO_OLD, Account.disabled_at.is_(None))
    )


def steps_of(account_ids: Collection[str], flights: Collection[Flight]) -> dict[str, str]:
    """By account, the step (a slug) at which whoever of these is under way stands. One statement, however many they are."""
    if not account_ids:
        return {}
    mine = under_way(flights).where(Account.id.in_(account_ids))
    return dict(db.session.execute(mine.with_only_columns(Account.id, place(flights))).all())


def place(flights: Collection[Flight]) -> ColumnElement[str]:
    """The step at which an outcome leaves its person."""
    of_journeys = []
    for flight in flights:
        number = flight.past_the_square(flight.place(), Account.id)
        slugs = {tread: flight.slug_at(tread) for tread in range(1, flight.inside + 1)}
        of_journeys.append((Outcome.journey == flight.journey, case(slugs, value=number, else_=Outcome.step)))
    return case(*of_journeys, else_=Outcome.step)
