"""The help code that a phone's page shows finds whose phone it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import update

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import Person, invite
from tests.support.phones import Phone, asking, link_on, linked, number_on, place_with_phone
from tests.support.rows import beside, change, row_of, tables
from wizard.models import Account, Authenticator, db
from wizard.models.database import WRITER_PATIENCE


def code_on(page: Page) -> str:
    return page.said("[data-help-code]")


def found(desk: Desk, code: str) -> str | None:
    """Where the search for this code leads."""
    return desk.browser.get(f"/helpdesk/people?q={code}").location


def people_shown(desk: Desk, code: str) -> set[str]:
    """The cards in the list that this code leads to."""
    page = desk.browser.get(f"/helpdesk/people?q={code}")
    return {attribute(link, "href") for link in page.soup.select("[data-results] a")}


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


def test_every_page_of_a_phone_that_is_asked(app: Flask, agent: Desk, clock: MovableClock) -> None:
    someone = linked(app)
    clock.advance(minutes=1)
    number = number_on(asking(app, someone))
    forget_session(someone.phone)
    asked = someone.phone.asked()
    assert found(agent, code_on(asked)) == card_of(someone.person)
    answered = someone.phone.say(number, asked)
    assert answered.page == "phone-request"
    assert found(agent, code_on(answered)) == card_of(someone.person)


def test_a_phone_whose_browser_was_closed_is_found_by_the_code_that_it_shows_now(
    app: Flask, agent: Desk, clock: MovableClock
) -> None:
    someone = linked(app)
    before = code_on(someone.phone.get("/phone"))
    forget_session(someone.phone)
    clock.advance(minutes=1)
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
    assert people_shown(agent, code_on(phone.get("/phone"))) == {card_of(first.person), card_of(second.person)}


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


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("ended", ["link-expired", "link-replaced"])
def test_a_qr_code_that_has_ended_does_not_take_the_place_of_the_owners_code(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock, ended: str
) -> None:
    person = invite(app)
    page = place_with_phone(client, Phone(app), "first-connection", "scan-qr", person)
    link, own = link_on(page), code_on(Phone(app).get(link_on(page)))
    clock.advance(minutes=11)
    if ended == "link-replaced":
        client.get("/first-connection/scan-qr")
    late = Phone(app).get(link)
    assert late.problem == ended
    assert (found(agent, code_on(late)), found(agent, own)) == (None, card_of(person))


@pytest.mark.usefixtures("each_database")
def test_of_two_who_open_a_qr_code_the_first_is_found_and_then_the_linked_one(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person, first, second = invite(app), Phone(app), Phone(app)
    link = link_on(place_with_phone(client, first, "first-connection", "scan-qr", person))
    own = code_on(first.get(link))
    clock.advance(minutes=2)
    other = code_on(second.get(link))
    assert (found(agent, own), found(agent, other)) == (card_of(person), None)
    second.link(link)
    assert (found(agent, own), found(agent, other)) == (None, card_of(person))


def test_a_phone_that_was_not_meant_makes_room_for_the_next_one(app: Flask, agent: Desk, client: PageClient) -> None:
    person, wrong, right = invite(app), Phone(app), Phone(app)
    page = place_with_phone(client, wrong, "first-connection", "scan-qr", person)
    before = code_on(wrong.link(link_on(page)))
    assert right.get(link_on(page)).problem == "link-used"
    page = client.get("/first-connection/match-number").press("new-qr")
    code = code_on(right.get(link_on(page)))
    assert (found(agent, code), found(agent, before)) == (card_of(person), None)


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(("hours", "finds"), [(-1, True), (1, False)])
def test_a_code_finds_for_seven_days_after_it_was_shown(
    app: Flask, new_agent: MakeAgent, clock: MovableClock, hours: int, finds: bool
) -> None:
    someone = linked(app)
    code = code_on(someone.phone.get("/phone"))
    clock.advance(days=1)
    assert code_on(someone.phone.get("/phone")) == code
    clock.advance(days=7, hours=hours)
    assert found(new_agent(), code) == (card_of(someone.person) if finds else None)


def test_a_phone_writes_once_a_minute_however_often_it_asks(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    clock.advance(minutes=1)
    someone.phone.get("/phone")
    before = tables(app)
    for _ in range(20):
        forget_session(someone.phone)
        assert someone.phone.get("/phone").page == "phone-home"
    assert tables(app) == before


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    """Somebody else is writing to all ways to confirm until the block ends."""
    engine = beside(app, lambda: db.engine)
    with engine.connect() as other:
        other.execute(update(Authenticator).values(kind=Authenticator.kind))
        yield
        other.rollback()


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("name", ["home", "request", "link"])
def test_no_page_waits_for_a_database_that_is_busy(app: Flask, agent: Desk, clock: MovableClock, name: str) -> None:
    """What is not noted now, the next look notes."""
    someone = linked(app)
    if name == "link":
        phone, person = Phone(app), invite(app, "lea.morel")
        path = link_on(place_with_phone(PageClient(app), phone, "first-connection", "scan-qr", person))
    else:
        phone, person = someone.phone, someone.person
        asking(app, someone)
        path = "/phone" if name == "home" else attribute(phone.get("/phone").find("a[data-request]"), "href")
        forget_session(phone)
    clock.advance(minutes=1)
    begun = time.monotonic()
    with writing(app):
        page = phone.get(path)
    assert time.monotonic() - begun < WRITER_PATIENCE / 2
    assert (page.status, found(agent, code_on(page))) == (200, None)
    assert phone.get(path).status == 200
    assert found(agent, code_on(page)) == card_of(person)


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_phone_of_two_never_leads_straight_to_the_one_whom_the_agent_sees(
    app: Flask, new_agent: MakeAgent, language: str
) -> None:
    phone = Phone(app)
    first, second = linked(app, phone=phone), linked(app, "lea.morel", phone=phone)
    change(app, Account, second.person.account_id, language="fr")
    code = code_on(phone.get("/phone"))
    person = {"en": first, "fr": second}[language].person
    desk = new_agent(only_language=language)
    assert found(desk, code) is None
    assert people_shown(desk, code) == {card_of(person)}


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
