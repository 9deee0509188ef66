"""What somebody who has only typed a name can make the helpdesk do by a mailed code: no new tries at it, no act that suggests itself."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk
from tests.helpdesk.test_acts import do_act, open_act
from tests.helpdesk.test_card_mails import become, filled
from tests.journeys.test_replace_phone import lost_app
from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import Person, completed, mailed_code, place_at
from tests.support.rows import rows_of
from wizard.models import MailedCode

TRIES = 5


@pytest.fixture
def stranger(app: Flask) -> PageClient:
    return PageClient(app, address="203.0.113.5")


def guess(browser: PageClient, address: str, right: str) -> None:
    """Use up this browser's tries at the code, without the right one."""
    page = browser.get(address)
    for number in range(1, TRIES + 1):
        page = page.press(code=f"{(int(right) + number) % 1_000_000:06d}")
    assert not page.has("[name=code]")


@pytest.mark.usefixtures("each_database")
def test_the_end_of_a_pause_gives_nobody_tries_at_the_same_mailed_code(
    app: Flask, agent: Desk, stranger: PageClient
) -> None:
    person = completed(app)
    waits = place_at(stranger, "forgotten-password", "verify-email", person)
    right = mailed_code(app, person)
    guess(stranger, waits.path, right)

    page = open_act(agent, person, "unlock")
    (asked,) = [row for row in rows_of(app, MailedCode, account_id=person.account_id) if row.ended_at is None]
    assert "The codes and buttons that were mailed end." in page.text
    assert f"Browsers with these help codes have asked for mailed codes: {asked.help_code}." in page.text
    do_act(agent, person, "unlock")
    refused = waits.press(code=right)
    assert (refused.step, refused.refused) == ("verify-email", "wrong-code")


def test_the_button_of_a_mail_that_was_guessed_at_ends_and_a_new_one_works(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    """Who asked honestly loads the page again: a new mail has a new code."""
    person = completed(app)
    waits = place_at(client, "forgotten-password", "verify-email", person)
    first = mailed_code(app, person)
    guess(client, waits.path, first)
    clock.advance(minutes=1)
    do_act(agent, person, "unlock")
    page = client.get(waits.path)
    newest = mailed_code(app, person)
    assert newest != first
    assert page.press(code=newest).step != "verify-email"


def test_a_pause_of_passwords_alone_leaves_mailed_codes_good(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    page = place_at(PageClient(app), "sign-in", "enter-password", person)
    for number in range(10):
        page = page.press(password=f"wrong password {number}")
    waits = place_at(client, "forgotten-password", "verify-email", person)
    assert filled(agent.card(person)) == ["unlock"]
    do_act(agent, person, "unlock")
    assert waits.press(code=mailed_code(app, person)).step != "verify-email"


def test_a_browser_that_has_proven_nothing_is_not_called_theirs_and_suggests_no_act(
    app: Flask, agent: Desk, stranger: PageClient
) -> None:
    person = completed(app)
    waits = place_at(stranger, "forgotten-password", "verify-email", person)
    guess(stranger, waits.path, mailed_code(app, person))
    card = agent.card(person)
    said = card.said("[data-pause='mailed-code-browser']")
    assert "In a browser that asked for a code in this person’s name no mailed code is checked until" in said
    assert card.has("[data-act=unlock]")
    assert filled(card) != ["unlock"]


def test_a_pause_at_the_code_in_a_proven_browser_suggests_its_end(app: Flask, agent: Desk, client: PageClient) -> None:
    person = lost_app(app)
    waits = place_at(client, "replace-phone", "verify-email", person)
    guess(client, waits.path, mailed_code(app, person))
    assert filled(agent.card(person)) == ["unlock"]


def suggested_after_a_refusal(app: Flask, agent: Desk, clock: MovableClock, person: Person) -> list[str]:
    become(app, person, "mailed_code", "refused")
    clock.advance(minutes=3)
    card = agent.card(person)
    assert card.has("[data-act=change-address]")
    assert "Their mail server has refused our email" in card.said("[data-caution='mail-refused']")
    return filled(card)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_refused_code_of_a_stranger_suggests_no_change_of_address(
    app: Flask, agent: Desk, client: PageClient, stranger: PageClient, clock: MovableClock, elsewhere: bool
) -> None:
    """Also while the person stands elsewhere in a browser of their own."""
    person = completed(app)
    clock.advance(minutes=1)
    if elsewhere:
        place_at(client, "sign-in", "enter-code", person)
    place_at(stranger, "forgotten-password", "verify-email", person)
    assert "change-address" not in suggested_after_a_refusal(app, agent, clock, person)


def test_a_refused_code_of_a_proven_browser_still_suggests_it(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = lost_app(app)
    clock.advance(minutes=1)
    place_at(client, "replace-phone", "verify-email", person)
    assert suggested_after_a_refusal(app, agent, clock, person) == ["change-address"]
