"""What a page of the console asks the database: one question for each kind of thing, however many of them there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import do_act
from tests.helpdesk.test_people import known
from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import InvitedPerson, completed, invite, place_at, press_button, sign_in
from tests.support.rows import beside
from wizard.models import db

MOST = 40
"""Statements of a card, its agent's own session included."""


def questions_of(app: Flask, act: Callable[[], Any]) -> int:
    """How many statements `act` sends."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        sent.append(statement)

    engine = beside(app, lambda: db.engine)
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("stage", ["invited", "under way", "gone away", "finished", "closed"])
def test_a_card_asks_few_questions(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock, stage: str
) -> None:
    if stage == "invited":
        person: Any = invite(app)
    elif stage in {"under way", "gone away"}:
        person = invite(app)
        place_at(client, "first-connection", "enter-code", person)
    else:
        person = completed(app)
        place_at(client, "sign-in", "enter-code", person)
    if stage == "closed":
        do_act(agent, person, "disable")
    if stage == "gone away":
        clock.advance(days=1)
        sign_in(agent.browser, agent.person)
    agent.card(person)
    assert questions_of(app, lambda: agent.card(person)) <= MOST


def test_more_that_happened_asks_no_more_questions(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "sign-in", "enter-code", person)
    for _mail in range(5):  # as many as the card shows: the invitation, whose end is asked for, is none of them
        do_act(agent, person, "send-guide")
    agent.card(person)
    few = questions_of(app, lambda: agent.card(person))
    for _again in range(4):
        do_act(agent, person, "send-guide")
    for other in ("lea.morel", "omar.ba", "sara.cisse"):
        completed(app, other)
    assert questions_of(app, lambda: agent.card(person)) == few


@pytest.mark.parametrize("path", ["/helpdesk/queue", "/helpdesk/people?q=amina"])
def test_queue_and_search_ask_as_much_for_many_as_for_two(
    app: Flask, new_agent: MakeAgent, clock: MovableClock, path: str
) -> None:
    begun = [_begun(app, "amina.keita"), _begun(app, "amina.sow")]
    clock.advance(minutes=11)
    desk = new_agent()
    desk.browser.get(path)
    few = questions_of(app, lambda: desk.browser.get(path))
    begun += [_begun(app, f"amina.{name}") for name in ("ba", "diop", "fall", "ndiaye")]
    clock.advance(minutes=11)
    sign_in(desk.browser, desk.person)
    page = desk.browser.get(path)
    assert sum(person.account_id in page.html for person in begun) == len(begun), page.text
    assert questions_of(app, lambda: desk.browser.get(path)) == few


def _begun(app: Flask, username: str) -> InvitedPerson:
    person = invite(app, username)
    press_button(PageClient(app), person)
    known(app, person.account_id)
    return person
