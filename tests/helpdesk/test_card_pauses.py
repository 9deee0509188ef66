"""Pauses on the card: told as soon as the try that begins one was made, said before its refusal, and none that does not exist."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk
from tests.helpdesk.test_acts import do_act
from tests.helpdesk.test_card import stands_at
from tests.helpdesk.test_card_mails import filled
from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import Completed, completed, place_at, sign_in, wrong_code
from tests.support.phones import asking, linked

TRIES = 5


def try_wrong_codes(app: Flask, page: Page, person: Completed) -> Page:
    assert person.secret is not None
    for _ in range(TRIES):
        page = page.press(code=wrong_code(person.secret, app.extensions["perron"].clock))
    return page


def test_after_the_try_that_begins_a_pause_nobody_is_told_to_try_the_next_code(
    app: Flask, agent: Desk, client: PageClient
) -> None:
    person = completed(app)
    page = try_wrong_codes(app, place_at(client, "sign-in", "enter-code", person), person)
    assert page.refused == "wrong-code"
    assert "Codes are paused until 9:05" in page.text
    card = agent.card(person)
    assert "There were too many wrong codes. Wait until the time on your page" in card.said(".say")
    assert filled(card) == ["unlock"]


def test_where_only_the_button_of_the_mail_works_the_card_says_so_and_an_agent_ends_it(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    for number in range(TRIES):
        assert page.has("[name=code]")
        page = page.press(code=f"00000{number}")
    assert not page.has("[name=code]")
    assert not agent.sees(person).has("[name=code]")
    card = agent.card(person)
    assert stands_at(card) == ("here", "verify-email")
    assert "press the button in it: that works" in card.said(".say")
    assert "until Saturday 21 November, 9:00" in card.said("[data-pause='mailed-code-browser']")
    clock.advance(minutes=1)
    card = do_act(agent, person, "unlock")
    assert "Done: " in card.text
    assert not card.has("[data-pause]")
    assert client.get("/forgotten-password", follow=True).has("[name=code]")
    assert "enter its 6 digits" in card.said(".say")


def test_codes_of_another_browser_are_not_paused_by_this_one(app: Flask, agent: Desk, client: PageClient) -> None:
    """The newest browser is the one in use: its page still takes codes, and the card says so."""
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    for number in range(TRIES):
        page = page.press(code=f"00000{number}")
    app.extensions["perron"].clock.advance(minutes=2)
    other = place_at(PageClient(app), "forgotten-password", "verify-email", person)
    assert other.has("[name=code]")
    card = agent.card(person)
    assert "Enter its 6 digits" in card.said(".say")
    assert card.has("[data-pause='mailed-code-browser']")


@pytest.mark.settings(approvals_a_day=3)
def test_many_requests_are_no_pause_while_the_phone_is_asked(app: Flask, agent: Desk, clock: MovableClock) -> None:
    someone = linked(app)
    for _ in range(5):
        assert asking(app, someone).has("[data-number]")
        clock.advance(minutes=20)
    sign_in(agent.browser, agent.person)
    card = agent.card(someone.person)
    assert not card.has("[data-pause]")
    assert "Very many requests" in card.said("[data-caution='many-requests']")
