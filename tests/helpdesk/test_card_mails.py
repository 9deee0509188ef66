"""Mails on the card: until when what they carry is good, and what is said to somebody who waits for one in vain."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk
from tests.helpdesk.test_card import stands_at
from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_audit import attribute, words
from tests.support.page_client import PageClient
from tests.support.people import Person, completed, invite, invite_again, place_at, press_button, sign_in
from tests.support.rows import change, rows_of
from wizard.models import OutboxMail


def become(app: Flask, person: Person, kind: str, state: str) -> None:
    """Let the newest mail of this kind be in this state."""
    rows = rows_of(app, OutboxMail, account_id=person.account_id, kind=kind)
    newest = max(rows, key=lambda row: row.created_at)
    change(app, OutboxMail, newest.id, state=state)


def ends(page: Page) -> list[str]:
    """What stands in the column of ends, the newest mail first."""
    return [words(row.find_all("td")[-1]) for row in page.soup.select("[data-mail]")]


def filled(page: Page) -> list[str]:
    """The acts that are drawn filled, which may be one at most."""
    return [attribute(link, "data-act") for link in page.soup.select(".acts .button:not(.second, .no)")]


@pytest.mark.parametrize(
    ("state", "says", "caution", "act"),
    [
        ("refused", "Tell me your email address: I compare it", "Their mail server has refused our email", "change-address"),
        ("given-up", "I see to it that you get a new one", "could not be sent in time", "resend"),
        ("waiting", "Our invitation has not left yet", "has not left yet", "resend"),
    ],
)  # fmt: skip
def test_nobody_is_sent_to_look_for_an_invitation_that_is_not_there(
    app: Flask, agent: Desk, clock: MovableClock, state: str, says: str, caution: str, act: str
) -> None:
    person = invite(app)
    assert "Look for our invitation" in agent.card(person).said(".say")
    before = agent.digest(person)
    become(app, person, "invitation", state)
    clock.advance(minutes=3)
    card = agent.card(person)
    assert stands_at(card)[0] == "invited"
    assert says in card.said(".say")
    assert caution in card.said(f"[data-caution='mail-{state}']")
    assert filled(card) == [act]
    assert agent.digest(person) != before
    become(app, person, "invitation", "handed-over")
    card = agent.card(person)
    assert "Look for our invitation" in card.said(".say")
    assert not card.has(f"[data-caution='mail-{state}']")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("refused", "Our email could not be delivered to your mailbox."),
        ("given-up", "Press “Send a new email” on your page."),
        ("waiting", "Our email has not left yet."),
    ],
)
def test_nobody_is_sent_to_look_for_a_code_that_is_not_there(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock, state: str, says: str
) -> None:
    person = completed(app)
    clock.advance(minutes=1)
    place_at(client, "forgotten-password", "verify-email", person)
    assert "Do not tell me the digits" in agent.card(person).said(".say")
    become(app, person, "mailed_code", state)
    clock.advance(minutes=3)
    card = agent.card(person)
    assert stands_at(card) == ("here", "verify-email")
    assert says in card.said(".say")
    assert card.has(f"[data-caution='mail-{state}']")


def test_an_invitation_that_was_used_is_not_missed(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    become(app, person, "invitation", "refused")
    card = agent.card(person)
    assert not card.has("[data-caution]")
    assert "no alarm" in card.said(".side")


def test_the_card_says_until_when_an_invitation_is_good(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    assert ends(agent.card(person)) == ["Friday 27 November, 9:00"]
    clock.advance(minutes=5)
    again = invite_again(app, person)
    assert ends(agent.card(person)) == ["Friday 27 November, 9:05", "ended"]
    assert "They come from Tamaris Relief" in agent.card(person).said(".side")
    press_button(client, again)
    clock.advance(days=8)
    sign_in(agent.browser, agent.person)
    assert ends(agent.card(person)) == ["ended", "ended"]


def test_the_card_says_until_when_a_code_is_good(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    clock.advance(minutes=1)
    place_at(client, "forgotten-password", "verify-email", person)
    assert ends(agent.card(person))[0] == "9:11"
    clock.advance(minutes=11)
    assert ends(agent.card(person))[0] == "ended"
    assert "" in ends(agent.card(person)), "A notice carries nothing that could end."
