"""How often phones are asked: wrong, refused and unanswered requests count by source, and by day over all (SEC-15)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import clock_of, place_at
from tests.support.phones import another, ask_again, asking, linked, number_on, place_with_phone
from tests.support.rows import row_of, rows_of
from wizard.models import AuditEvent

HERE = "/sign-in/match-number"


@pytest.mark.parametrize("what", ["wrong", "unanswered"])
def test_three_that_are_not_confirmed_pause_this_source_for_a_quarter_of_an_hour(
    app: Flask, clock: MovableClock, what: str
) -> None:
    someone = linked(app)
    page = asking(app, someone)
    for number in range(3):
        if what == "wrong":
            someone.phone.say(another(number_on(page)))
        if number < 2:
            page = ask_again(page)
    answer = page.client.post(HERE, {"choice": "again"})
    assert (answer.status, answer.refused) == (422, "paused")
    assert answer.has("time[data-ends]")
    assert "again" not in answer.choices()
    clock.advance(minutes=15)
    page = page.client.get(HERE).press("again")
    someone.phone.say(number_on(page))
    assert page.press().signed_in


@pytest.mark.settings(mailed_sends=10)
def test_three_refusals_pause_this_source_as_well(app: Flask) -> None:
    someone = linked(app)
    for _ in range(3):
        clock_of(app).advance(seconds=1)
        page = place_with_phone(PageClient(app), someone.phone, "forgotten-password", "match-number", someone.person)
        assert page.has("[data-number]")
        someone.phone.refuse()
    page = place_with_phone(PageClient(app), someone.phone, "forgotten-password", "match-number", someone.person)
    assert not page.has("[data-number]")
    assert page.has("time[data-ends]")


def test_the_pause_is_the_sources_and_leaves_the_other_ways(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    page = asking(app, someone, PageClient(app, address="203.0.113.9"))
    for _ in range(2):
        page = ask_again(page)
    assert page.client.post(HERE, {"choice": "again"}).refused == "paused"
    there = asking(app, someone, PageClient(app, address="203.0.113.10"))
    someone.phone.say(number_on(there))
    assert there.press().signed_in
    other = page.client.get(HERE).press(in_form="form.way:has([value='use-recovery-code'])")
    assert other.step == "use-recovery-code"
    assert other.press(code=someone.codes[0]).signed_in


def test_a_new_browser_of_the_same_source_is_paused_too(app: Flask) -> None:
    someone = linked(app)
    for _ in range(3):
        asking(app, someone)
    page = place_at(PageClient(app), "sign-in", "match-number", someone.person)
    assert not page.has("[data-number]")
    assert page.has("time[data-ends]")


def test_a_right_answer_takes_the_count_back(app: Flask) -> None:
    someone = linked(app)
    for _ in range(5):
        page = asking(app, someone)
        someone.phone.say(number_on(page))
        assert page.press().signed_in


@pytest.mark.settings(approvals=100, approvals_a_day=4)
def test_many_a_day_are_told_to_the_desk(app: Flask) -> None:
    someone = linked(app)
    for number in range(5):
        page = asking(app, someone, PageClient(app, address=f"203.0.113.{number}"))
        if number == 0:
            someone.phone.say(number_on(page))
            assert page.press().signed_in  # what was confirmed is not counted
        assert len(rows_of(app, AuditEvent, kind="approvals-many")) == (1 if number == 4 else 0)
    event = row_of(app, AuditEvent, kind="approvals-many")
    assert (event.account_id, event.payload) == (someone.person.account_id, {"count": 4})
