"""How often the helpdesk had to do with people who were under way, from what the audit trail and the outcomes say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, BigInteger, and_, case, cast, extract, func, null, or_, select, union_all

from wizard.models import Account, AuditEvent, DeskAct, Outcome, db
from wizard.services.desk_card_events import LOOKS
from wizard.services.funnel_flights import Flight
from wizard.services.funnel_questions import Question

DAY = 86400  # seconds


def contacts(question: Question, flight: Flight, since: datetime) -> dict[int, int]:
    """On how many days an agent opened the card of somebody under way or acted for them, by tread; a day of one person counts once.

    The tread is the one that the act was about, else the one where the person stood.
    """
    stood = _stood(_moments(question, flight, since), flight)
    day = (cast(extract("epoch", stood.c.at), BigInteger) - int(since.timestamp())) // DAY
    place = func.min(func.coalesce(stood.c.named, stood.c.place)).label("place")
    under_way = select(place).where(stood.c.place < flight.inside)
    days = under_way.group_by(stood.c.account_id, day).subquery()
    counted = select(days.c.place, func.count()).group_by(days.c.place)
    return dict(db.session.execute(counted).all())


def _moments(question: Question, flight: Flight, since: datetime) -> CTE:
    """One row an account and moment at which an agent looked or acted; `named` is the tread of the act's step."""
    named = case(flight.stands, value=DeskAct.step, else_=null()).label("named")
    acts = select(DeskAct.account_id, DeskAct.created_at.label("at"), named).where(DeskAct.created_at >= since)
    looks = select(AuditEvent.account_id, AuditEvent.at, null().label("named"))
    both = union_all(acts, looks.where(AuditEvent.kind == LOOKS, AuditEvent.at >= since)).subquery()
    each = select(both.c.account_id, both.c.at, func.min(both.c.named).label("named"))
    if question.is_narrow:
        each = each.join(Account, Account.id == both.c.account_id).where(question.accounts())
    return each.group_by(both.c.account_id, both.c.at).cte("moments")


def _stood(moments: CTE, flight: Flight) -> Any:
    """Where the newest post before each moment had left the person: NULL when that was another journey.

    Posts of a browser from before its person was known count for whom was proven there later: most who call are not known yet.
    """
    mine = select(Outcome.account_id, Outcome.help_code).distinct()
    browsers = mine.where(Outcome.account_id.in_(select(moments.c.account_id))).subquery()
    newest = func.row_number().over(
        partition_by=(moments.c.account_id, moments.c.at), order_by=(Outcome.at.desc(), Outcome.id.desc())
    )
    own = or_(Outcome.account_id.is_(None), Outcome.account_id == moments.c.account_id)
    before = (
        select(moments, case((Outcome.journey == flight.journey, flight.place())).label("place"), newest.label("age"))
        .join(browsers, browsers.c.account_id == moments.c.account_id)
        .join(Outcome, and_(Outcome.help_code == browsers.c.help_code, Outcome.at <= moments.c.at, own))
        .subquery()
    )
    return select(before).where(before.c.age == 1).subquery()
