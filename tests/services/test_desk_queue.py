"""The queue's questions to the database: whom they find, by which index, and two agents at one message."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update

from tests.support.accounts import add_account
from tests.support.clock import MovableClock
from tests.support.races import at_once
from tests.support.rows import beside, row_of, rows_of
from wizard.domain.secrets_made import new_id
from wizard.journeys import JOURNEYS
from wizard.models import Account, AuditEvent, DeskRequest, Outcome, db, write
from wizard.services import desk_queue
from wizard.services.desk_queue import Wanted
from wizard.services.funnel_flights import Flight, flight_of
from wizard.services.staff import Agent, Scope

EVERYBODY = Agent("x", "Ines", "supervise", Scope())


def flights() -> list[Flight]:
    return [flight_of(journey, "required") for journey in JOURNEYS.values()]


def note(account: str, clock: MovableClock, step: str = "enter-password", **columns: object) -> None:
    with write() as session:
        row = {
            "journey": "first-connection",
            "step": step,
            "result": "done",
            "account_id": account,
            "help_code": "AA-001",
        }
        session.add(Outcome(at=clock.now(), **(row | columns)))
        session.execute(update(Account).where(Account.id == account).values(under_way_since=clock.now()))


def listed() -> list[tuple[str, str]]:
    found = desk_queue.stuck(Wanted(EVERYBODY), flights())
    return [(person.address.split("@")[0], person.step) for person in found.people]


def test_ten_minutes_and_two_weeks_are_the_ends(each_database: str, app_context: Flask, clock: MovableClock) -> None:
    note(add_account("amina").id, clock)
    clock.advance(seconds=599)
    assert listed() == []
    clock.advance(seconds=1)
    assert listed() == [("amina", "choose-authenticator")]
    clock.advance(days=14)
    assert listed() == []


def test_only_the_newest_outcome_counts_also_among_several_of_one_moment(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    account = add_account("amina").id
    note(account, clock)
    note(account, clock, "choose-authenticator", reason="skip")
    clock.advance(minutes=5)
    note(add_account("ben").id, clock)
    clock.advance(minutes=30)
    assert listed() == [("amina", "scan-qr"), ("ben", "choose-authenticator")]
    note(account, clock, "enter-code", result="refused", reason="wrong-code")
    assert listed() == [("ben", "choose-authenticator")], "Who did something a moment ago is not stuck."
    clock.advance(minutes=10)
    assert listed() == [("ben", "choose-authenticator"), ("amina", "match-number")]


def test_counts_are_by_the_step_where_people_are(each_database: str, app_context: Flask, clock: MovableClock) -> None:
    for number in range(3):
        note(add_account(f"person{number}").id, clock, "scan-qr" if number else "enter-password")
    clock.advance(minutes=11)
    assert desk_queue.counts(Wanted(EVERYBODY), flights()) == {"choose-authenticator": 1, "match-number": 2}


def test_fifty_agents_settle_one_message_once(each_database: str, app: Flask, clock: MovableClock) -> None:
    request = new_id()

    def ask() -> list[str]:
        agents = [add_account(f"agent{number}").id for number in range(50)]
        with write() as session:
            session.add(
                DeskRequest(
                    id=request, kind="no-account", address="a@b.example", address_key="a@b.example", organisation_kind="company",
                    language="en", help_code="K7-42Q", created_at=clock.now() - timedelta(days=1),
                )
            )  # fmt: skip
        return agents

    agents = beside(app, ask)

    def settle(agent: str) -> bool:
        return beside(app, lambda: desk_queue.settle(Agent(agent, "Ines", "assist", Scope()), request))

    answers = at_once([lambda agent=agent: settle(agent) for agent in agents])
    assert sorted(answers) == [False] * 49 + [True]
    written = rows_of(app, AuditEvent, kind="access-request-settled")
    assert [event.actor for event in written] == [row_of(app, DeskRequest, id=request).settled_by]


@pytest.mark.parametrize("step", [None, "scan-qr"])
def test_the_list_is_read_by_the_index_of_those_under_way(app_context: Flask, step: str | None) -> None:
    asked = desk_queue.waiting(Wanted(EVERYBODY, step=step), flights()).limit(51)
    sql = asked.compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = "\n".join(row[3] for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {sql}".replace(":", "\\:"))))
    assert plan.startswith(
        "SEARCH accounts USING INDEX ix_accounts_under_way_since_id (under_way_since>? AND under_way_since<?)"
    )
    assert "USING COVERING INDEX ix_outcomes_at_account_id (at=? AND account_id=?)" in plan
    assert "TEMP B-TREE" not in plan, "The list is read in its order, so that a full page ends the search."
