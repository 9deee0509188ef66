"""The help code that a phone's page shows finds whose phone it is."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import Person, invite
from tests.support.phones import Phone, asking, link_on, linked, number_on, place_with_phone
from tests.support.rows import row_of, tables
from wizard.models import Account, Authenticator


def code_on(page: Page) -> str:
    return page.said("[data-help-code]")


def found(desk: Desk, code: str) -> str | None:
    """Where the search for this code leads."""
    return desk.browser.get(f"/helpdesk/people?q={code}").location


def card_of(person: Person | Account) -> str:
    account_id = person.id if isinstance(person, Account) else person.account_id
    return f"/helpdesk/people/{account_id}"


def forget_session(phone: Phone) -> None:
    """The phone's browser was closed: it keeps the cookie of the phone alone."""
    phone.raw.delete_cookie("perron", domain="localhost")


def test_every_page_of_a_phone_that_is_being_linked(app: Flask, agent: Desk, client: PageClient) -> None:
    person, phone = invite(app), Phone(app)
    page = place_with_phone(client, phone, "first-connection", "scan-qr", person)
    looked_at = phone.get(link_on(page))
    assert code_on(looked_at) != code_on(page)
    assert found(agent, code_on(looked_at)) == card_of(person)
    home = phone.link(link_on(page))
    assert (home.page, found(agent, code_on(home))) == ("phone-home", card_of(person))


def test_every_page_of_a_phone_that_is_asked(app: Flask, agent: Desk) -> None:
    someone = linked(app)
    number = number_on(asking(app, someone))
    forget_session(someone.phone)
    asked = someone.phone.asked()
    assert found(agent, code_on(asked)) == card_of(someone.person)
    answered = someone.phone.say(number, asked)
    assert answered.page == "phone-request"
    assert found(agent, code_on(answered)) == card_of(someone.person)


def test_a_phone_whose_browser_was_closed_is_found_by_the_code_that_it_shows_now(app: Flask, agent: Desk) -> None:
    someone = linked(app)
    before = code_on(someone.phone.get("/phone"))
    forget_session(someone.phone)
    now = code_on(someone.phone.get("/phone"))
    assert now != before
    assert found(agent, now) == card_of(someone.person)


def test_the_card_says_the_code_of_the_phone_beside_the_phone(app: Flask, agent: Desk) -> None:
    someone = linked(app)
    code = code_on(someone.phone.get("/phone"))
    ways = agent.card(someone.person).soup.find("h2", string="Ways to confirm")
    assert ways is not None
    assert f"Help code {code}" in ways.parent.get_text()  # type: ignore[union-attr]


@pytest.mark.usefixtures("each_database")
def test_of_two_people_who_share_a_phone_both_are_found(app: Flask, agent: Desk) -> None:
    phone = Phone(app)
    first, second = linked(app, phone=phone), linked(app, "lea.morel", phone=phone)
    page = agent.browser.get(f"/helpdesk/people?q={code_on(phone.get('/phone'))}")
    assert {link["href"] for link in page.soup.select("[data-results] a")} == {
        card_of(first.person),
        card_of(second.person),
    }


def test_whose_phone_it_is_stays_hidden_from_an_agent_who_does_not_see_them(app: Flask, new_agent: MakeAgent) -> None:
    someone = linked(app)
    code = code_on(someone.phone.get("/phone"))
    page = new_agent(only_language="fr").browser.get(f"/helpdesk/people?q={code}")
    assert "Nobody whom you see fits this." in page.text


def test_a_second_phone_that_opens_a_used_qr_code_does_not_stand_for_the_first(
    app: Flask, agent: Desk, client: PageClient
) -> None:
    page = place_with_phone(client, Phone(app), "first-connection", "scan-qr", invite(app))
    phone = Phone(app)
    code = code_on(phone.link(link_on(page)))
    late = Phone(app).get(link_on(page))
    assert late.problem == "link-used"
    assert found(agent, code_on(late)) is None
    assert row_of(app, Authenticator, account_id=row_of(app, Account, username="amina.keita").id).help_code == code


@pytest.mark.parametrize("path", ["/phone", "/phone/link/nothing-that-was-shown", "/phone/requests/nothing"])
def test_nothing_is_written_for_a_phone_that_nobody_knows(app: Flask, path: str) -> None:
    linked(app)
    before = tables(app)
    assert Phone(app).get(path).status in {200, 404}
    assert tables(app) == before


def test_looking_again_writes_nothing(app: Flask) -> None:
    someone = linked(app)
    someone.phone.get("/phone")
    before = tables(app)
    someone.phone.get("/phone")
    assert tables(app) == before
