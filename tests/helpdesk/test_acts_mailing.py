"""Acts that send something, for somebody who is on the way: a new invitation takes them back, the guide is that of their journey."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk
from tests.helpdesk.test_acts import do_act, open_act, press_act
from tests.support.clock import MovableClock
from tests.support.moved import moved, prove_address
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, press_button, sign_in

TAKEN_BACK = "They are taken back, and need the new mail to go on."


def offered(card: Page) -> list[str]:
    return [str(tag["data-act"]) for tag in card.soup.select("a[data-act]")]


def test_whom_a_new_invitation_takes_back_is_said_before_it_is_sent(
    app: Flask, client: PageClient, agent: Desk, mailbox: Mailbox
) -> None:
    person = invite(app)
    place_at(client, "first-connection", "enter-code", person)
    page = open_act(agent, person, "resend")
    assert f"The person is at “Code” now. {TAKEN_BACK}" in page.text
    press_act(page)
    assert client.get("/first-connection", follow=True).step == "enter-password"
    assert TAKEN_BACK not in open_act(agent, person, "resend").text


def test_who_is_on_the_way_is_first_helped_where_they_are(app: Flask, client: PageClient, agent: Desk) -> None:
    waiting, on_the_way = invite(app), invite(app, "lea.morel")
    press_button(client, on_the_way)
    assert offered(agent.card(waiting))[0] == "resend"
    acts = offered(agent.card(on_the_way))
    assert acts.index("send-guide") < acts.index("resend") < acts.index("end-sessions") < acts.index("report-abuse")


def test_nobody_is_taken_back_who_has_typed_the_name_only_or_left_long_ago(
    app: Flask, client: PageClient, agent: Desk, clock: MovableClock
) -> None:
    typed, gone = invite(app), invite(app, "lea.morel")
    place_at(client, "first-connection", "enter-password", typed)
    assert TAKEN_BACK not in open_act(agent, typed, "resend").text
    press_button(PageClient(app), gone)
    clock.advance(days=1)
    sign_in(agent.browser, agent.person)
    assert TAKEN_BACK not in open_act(agent, gone, "resend").text


def test_a_moved_person_who_has_proven_the_address_is_not_taken_back(
    app: Flask, client: PageClient, agent: Desk
) -> None:
    person = moved(app)
    prove_address(client, person.email)
    before = client.get("/migrated-account", follow=True).step
    page = open_act(agent, person, "resend")
    assert TAKEN_BACK not in page.text
    press_act(page)
    assert client.get("/migrated-account", follow=True).step == before


def the_guide(agent: Desk, person: object, mailbox: Mailbox) -> str:
    """Where the guide leads that the card offers: to print and in the mail alike, at a step that it has."""
    page = agent.card(person).open("Send the guide")  # type: ignore[arg-type]
    printed = page.link("Open the guide to print it")
    press_act(page)
    assert printed in mailbox.newest("desk_guide").plain
    parts = urlsplit(printed)
    assert agent.browser.get(parts.path).has(f"#{parts.fragment}")
    return printed


@pytest.mark.parametrize(
    ("journey", "step"),
    [
        ("forgotten-password", "verify-email"),
        ("forgotten-password", "enter-code"),
        ("sign-in", "enter-code"),
    ],
)
def test_the_guide_is_that_of_the_journey_they_walk(
    app: Flask, client: PageClient, agent: Desk, mailbox: Mailbox, journey: str, step: str
) -> None:
    person = completed(app)
    place_at(client, journey, step, person)
    assert the_guide(agent, person, mailbox) == f"http://localhost/guide/{journey}#{step}"


def test_the_guide_begins_where_they_are_when_it_is_sent(
    app: Flask, client: PageClient, agent: Desk, mailbox: Mailbox
) -> None:
    person = invite(app)
    assert the_guide(agent, person, mailbox) == "http://localhost/guide/first-connection#prepare"
    page = open_act(agent, person, "send-guide")
    place_at(client, "first-connection", "choose-authenticator", person)
    press_act(page)
    assert "/guide/first-connection#choose-authenticator" in mailbox.newest("desk_guide").plain


def test_without_a_page_to_go_to_the_whole_guide_is_sent(app: Flask, agent: Desk, mailbox: Mailbox) -> None:
    person = completed(app)
    do_act(agent, person, "send-guide")
    assert "http://localhost/guide/first-connection" in mailbox.newest("desk_guide", to=person.email).plain.split()
