"""The figures out of the database: grouped there, so that what is read is small whatever the number of people.

Somebody is their account; who never came far enough to be known is their browser. Browsers in which the same account was proven are one
person. The time of a step is what lies between the outcome before a person's post and the post, added up until the step is done; where
more than half an hour lies between, they were away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from wizard.models import Account, Membership, Office, Organisation, Outcome, db
from wizard.services.funnel_flights import Flight, wanted_a_new_one, went_on
from wizard.services.funnel_questions import Question

AWAY = 30 * 60  # seconds between two posts from which on the person was away
GIVEN_UP = 14 * 86400  # seconds without an outcome
WEEK = 7 * 86400  # seconds
AT_ONCE = 1000  # rows fetched at a time
PEOPLE, STEPS, WHOLE, PLACES = "people", "steps", "whole", "places"


@dataclass(frozen=True)
class Group:
    """People, or ways over a tread, that are alike. What the columns say depends on `kind`.

    people: the tread `place` where they are, `part` 1 when they gave up, `week` counted from 0, `name` their language. steps: the tread,
    `part` 1 when refused there, `seconds` or None. whole: inside, and `seconds` in all. places: as people, `name` an organisation.
    """

    kind: str
    place: int
    part: int
    week: int
    seconds: int | None
    name: str
    count: int
    new_ones: int


def groups(question: Question, flight: Flight, since: datetime, now: datetime) -> Iterator[Group]:
    """Everything about people and steps, from one pass over the outcomes since `since`."""
    steps = _steps(question, flight, since)
    people = _people(steps, flight)
    parts = union_all(
        _by_place(people, since, now),
        _by_tread(steps, flight),
        _in_all(people, flight),
        _by_organisation(people, question, now),
    )
    for row in db.session.execute(parts.execution_options(yield_per=AT_ONCE)):
        yield Group(*row)


def reasons(question: Question, flight: Flight, since: datetime) -> dict[tuple[int, str], int]:
    """How often posts were refused, by tread and reason."""
    asked = select(Outcome.step, Outcome.reason, func.count()).where(
        Outcome.journey == flight.journey, Outcome.at >= since, Outcome.result == "refused"
    )
    if question.is_narrow:
        same = aliased(Outcome)
        known = select(func.max(same.account_id)).where(same.help_code == Outcome.help_code, same.at >= since)
        owner = func.coalesce(Outcome.account_id, known.correlate(Outcome).scalar_subquery())
        asked = asked.join(Account, Account.id == owner).where(question.accounts())
    counted: Counter[tuple[int, str]] = Counter()
    for step, reason, count in db.session.execute(asked.group_by(Outcome.step, Outcome.reason)):
        counted[flight.stands.get(step, 1), reason or ""] += count
    return counted


def _steps(question: Question, flight: Flight, since: datetime) -> CTE:
    """One row a person and tread: where that led, when, how long it took, how often it was refused."""
    posts = _posts(flight, since)
    known = func.coalesce(posts.c.account_id, posts.c.known)
    person = func.coalesce(known, posts.c.help_code)
    gap = posts.c.epoch - posts.c.before
    steps = select(
        person.label("person"), func.max(known).label("account_id"), posts.c.tread, func.max(posts.c.place).label("place"),
        func.min(posts.c.epoch).label("first"), func.max(posts.c.epoch).label("last"),
        func.sum(case((gap <= AWAY, gap))).label("seconds"), func.max(posts.c.went_on).label("went_on"),
        func.sum(posts.c.refused).label("refused"), func.sum(posts.c.new_one).label("new_ones"),
    )  # fmt: skip
    if question.is_narrow:
        steps = steps.join(Account, Account.id == known).where(question.accounts())
    return steps.group_by(person, posts.c.tread).cte("steps")


def _posts(flight: Flight, since: datetime) -> Any:
    epoch = cast(extract("epoch", Outcome.at), BigInteger)
    # One window for both, so that the rows are sorted once.
    browser: dict[str, Any] = {"partition_by": Outcome.help_code, "order_by": Outcome.id, "rows": (None, None)}
    return (
        select(
            Outcome.help_code, Outcome.account_id, flight.tread().label("tread"), flight.place().label("place"),
            epoch.label("epoch"),
            func.lag(epoch).over(**browser).label("before"),
            func.max(Outcome.account_id).over(**browser).label("known"),
            _flag(went_on()).label("went_on"), _flag(Outcome.result == "refused").label("refused"),
            _flag(wanted_a_new_one()).label("new_one"),
        )
        .where(Outcome.journey == flight.journey, Outcome.at >= since)
        .subquery()
    )  # fmt: skip


def _people(steps: CTE, flight: Flight) -> CTE:
    known = func.max(steps.c.account_id)
    furthest: ColumnElement[int] = func.max(steps.c.place)
    if flight.unknown_at_most is not None:
        lost = and_(known.is_(None), furthest > flight.unknown_at_most)
        furthest = case((lost, flight.unknown_at_most), else_=furthest)
    each = select(
        steps.c.person, known.label("account_id"), furthest.label("place"), func.min(steps.c.first).label("first"),
        func.max(steps.c.last).label("last"), func.sum(steps.c.seconds).label("seconds"),
    ).group_by(steps.c.person).subquery()  # fmt: skip
    place = flight.past_the_square(each.c.place, each.c.account_id)
    return select(each.c.account_id, place.label("place"), each.c.first, each.c.last, each.c.seconds).cte("people")


def _by_place(people: CTE, since: datetime, now: datetime) -> Any:
    week = (people.c.first - int(since.timestamp())) // WEEK
    rows = select(
        people.c.place,
        _gone(people, now).label("part"),
        week.label("week"),
        func.coalesce(Account.language, "").label("name"),
    )
    return _grouped(PEOPLE, rows.select_from(people).outerjoin(Account, Account.id == people.c.account_id))


def _by_tread(steps: CTE, flight: Flight) -> Any:
    seconds = case((steps.c.went_on == 1, steps.c.seconds)).label("seconds")
    refused = _flag(steps.c.refused > 0).label("part")
    rows = select(steps.c.tread.label("place"), refused, seconds, steps.c.new_ones)
    return _grouped(STEPS, rows.where(steps.c.tread < flight.inside))


def _in_all(people: CTE, flight: Flight) -> Any:
    rows = select(people.c.place, people.c.seconds)
    return _grouped(WHOLE, rows.where(people.c.place >= flight.inside, people.c.seconds.is_not(None)))


def _by_organisation(people: CTE, question: Question, now: datetime) -> Any:
    rows = (
        select(people.c.place, _gone(people, now).label("part"), Organisation.name.label("name"))
        .select_from(people)
        .join(Membership, Membership.account_id == people.c.account_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Office, Office.id == Membership.office_id)
        .where(question.memberships())
    )
    return _grouped(PLACES, rows)


def _grouped(kind: str, rows: Select[Any]) -> Any:
    """Count `rows` by what they say; columns that they do not have are filled up, so that all kinds fit one answer."""
    inner = rows.subquery()
    by = [inner.c[name] for name in ("place", "part", "week", "seconds", "name") if name in inner.c]
    return select(
        literal(kind).label("kind"),
        inner.c.place,
        inner.c.get("part", literal(0)).label("part"),
        inner.c.get("week", literal(0)).label("week"),
        cast(inner.c.get("seconds", null()), BigInteger).label("seconds"),
        inner.c.get("name", literal("")).label("name"),
        func.count().label("count"),
        cast(func.sum(inner.c.new_ones) if "new_ones" in inner.c else literal(0), BigInteger).label("new_ones"),
    ).group_by(*by)


def _gone(people: CTE, now: datetime) -> ColumnElement[int]:
    return _flag(people.c.last < int(now.timestamp()) - GIVEN_UP)


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
