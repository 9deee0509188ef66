"""A QR code opened by a second browser: the second is told that it was used, the first that it was opened again (SEC-11)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.phones import Phone, PhoneWalk, link_on, linked, number_on, place_with_phone
from tests.support.races import at_once
from tests.support.rows import change, row_of, rows_of, tables
from tests.support.windows import window_of
from wizard.models import Authenticator, OutboxMail, PhoneLink
from wizard.services import waiting

MAIL = "link_opened_again"
MANY = 50
SAFARI = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
}


@pytest.fixture
def person_scanning(app: Flask, client: PageClient) -> Page:
    """The computer's page with the link QR."""
    return place_with_phone(client, Phone(app), "first-connection", "scan-qr", invite(app))


@pytest.fixture
def phone(app: Flask) -> Phone:
    return Phone(app)


@pytest.fixture
def address(person_scanning: Page, phone: Phone) -> str:
    """The address in the QR code; `phone` has taken it."""
    found = link_on(person_scanning)
    phone.link(found)
    return found


def warned(page: Page) -> bool:
    return page.has("[data-opened-again]")


def test_the_second_is_told_that_it_was_used_and_the_computer_that_it_was_opened_again(
    app: Flask, client: PageClient, address: str
) -> None:
    assert not warned(client.get("/first-connection", follow=True))
    other = Phone(app).get(address)
    assert (other.status, other.problem) == (410, "link-used")
    page = client.get("/first-connection", follow=True)
    assert (page.step, warned(page)) == ("match-number", True)
    assert "Another phone or browser has opened the same QR code" in page.text
    assert warned(client.get("/first-connection/scan-qr"))


def test_the_waiting_page_is_loaded_anew_once(
    app: Flask, client: PageClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll = attribute(client.get("/first-connection", follow=True).find("[data-wait]"), "data-wait")
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(client.get, poll)
        Phone(app).get(address)
        assert waits.result(10).json == {"state": "ended"}
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    again = attribute(client.get("/first-connection", follow=True).find("[data-wait]"), "data-wait")
    assert client.get(again).status == 204


def test_the_phone_that_took_it_and_the_computer_that_showed_it_are_no_alarm(
    app: Flask, client: PageClient, phone: Phone, address: str
) -> None:
    before = tables(app)
    for browser, status in ((phone, 303), (phone, 303), (client, 410)):
        assert browser.get(address).status == status
    assert Phone(app).raw.head(address).status_code == 410
    assert tables(app) == before
    assert not warned(client.get("/first-connection", follow=True))


def test_opening_a_code_that_nobody_has_taken_is_no_alarm(
    app: Flask, client: PageClient, phone: Phone, person_scanning: Page
) -> None:
    address = link_on(person_scanning)
    Phone(app).get(address)
    phone.link(address)
    assert not warned(client.get("/first-connection", follow=True))


def test_the_slower_of_two_that_have_the_page_open_is_an_alarm_by_its_press(
    app: Flask, client: PageClient, phone: Phone, person_scanning: Page
) -> None:
    address, slower = link_on(person_scanning), Phone(app)
    page = slower.get(address)
    phone.link(address)
    assert page.press("link", **slower.key_fields(page)).problem == "link-used"
    assert warned(client.get("/first-connection", follow=True))


def test_who_is_warned_lets_the_phone_go_and_links_another(
    app: Flask, client: PageClient, phone: Phone, address: str, mailbox: Mailbox, clock: MovableClock
) -> None:
    Phone(app).get(address)
    warning = client.get("/first-connection", follow=True)
    stranger = phone.asked()
    clock.advance(seconds=1)
    fresh = warning.press("new-qr")
    assert (fresh.step, warned(fresh), link_on(fresh) != address) == ("scan-qr", False, True)
    number = number_on(warning)
    assert stranger.press("yes", number=number, **phone.proof(stranger, number)).status == 404
    own = Phone(app)
    own.link(link_on(fresh))
    page = client.get("/first-connection", follow=True)
    assert (page.step, warned(page)) == ("match-number", False)
    own.say(number_on(page))
    assert page.press().step == "change-password"
    assert mailbox.count(MAIL) == 0


def test_once_the_phone_is_bound_the_person_gets_one_mail(
    app: Flask, client: PageClient, phone: Phone, address: str, mailbox: Mailbox
) -> None:
    page = client.get("/first-connection", follow=True)
    phone.say(number_on(page))
    page.press()
    assert mailbox.count(MAIL) == 0
    for _ in range(3):
        assert Phone(app).get(address, headers=SAFARI).problem == "link-used"
    mail = mailbox.newest(MAIL)
    assert (mailbox.count(MAIL), mail.to) == (1, row_of(app, OutboxMail, kind=MAIL).recipient)
    assert mail.subject == "Your QR code for Tamaris Relief was opened again"
    assert "nothing was linked" in " ".join(mail.plain.split())
    assert "Safari, iPhone" in mail.plain
    assert not warned(client.get("/first-connection", follow=True))


def test_what_happened_before_it_was_bound_is_mailed_when_it_is(
    app: Flask, client: PageClient, phone: Phone, address: str, mailbox: Mailbox, clock: MovableClock
) -> None:
    Phone(app).get(address)
    clock.advance(minutes=1)
    page = client.get("/first-connection", follow=True)
    assert mailbox.count(MAIL) == 0
    phone.say(number_on(page))
    assert page.press().step == "change-password"
    assert mailbox.count(MAIL) == 1
    assert "9:00" in mailbox.newest(MAIL).plain
    Phone(app).get(address)
    assert mailbox.count(MAIL) == 1


def test_a_phone_that_was_taken_away_since_is_nothing_to_write_about(
    app: Flask, client: PageClient, phone: Phone, address: str, mailbox: Mailbox, clock: MovableClock
) -> None:
    PhoneWalk(client, phone, invite(app, "lea.morel")).until(client.get("/first-connection", follow=True), "")
    bound = row_of(app, Authenticator)
    change(app, Authenticator, bound.id, ended_at=clock.now(), ended_reason="removed")
    assert Phone(app).get(address).problem == "link-used"
    assert mailbox.count(MAIL) == 0


def test_somebody_who_was_never_opened_again_gets_no_mail(app: Flask, mailbox: Mailbox) -> None:
    linked(app)
    assert mailbox.count(MAIL) == 0


@pytest.mark.usefixtures("each_database")
def test_of_fifty_that_open_it_at_once_one_gives_the_alarm(
    app: Flask, client: PageClient, phone: Phone, address: str, mailbox: Mailbox
) -> None:
    page = client.get("/first-connection", follow=True)
    phone.say(number_on(page))
    page.press()
    windows = [window_of(PageClient(app)) for _ in range(MANY)]
    answers = at_once([lambda window=window: window.get(address) for window in windows])
    assert {answer.problem for answer in answers} == {"link-used"}
    assert mailbox.count(MAIL) == 1
    assert [row.ended_reason for row in rows_of(app, PhoneLink)] == ["opened-again-told"]
