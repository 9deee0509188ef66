"""The link between the computer's QR and a phone: how it stands at use, who takes it, and what ends it (SEC-11)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.phones import Phone, link_on, linked, place_with_phone
from tests.support.rows import beside, change, row_of, rows_of
from wizard.models import Authenticator, Device, PhoneLink, Session, Signal, db, write
from wizard.services import phone_links


def scanning(app: Flask, client: PageClient) -> Page:
    return place_with_phone(client, Phone(app), "first-connection", "scan-qr", invite(app))


def state(app: Flask, clock: MovableClock) -> str:
    return beside(app, lambda: phone_links.state(db.session.get_one(PhoneLink, row_of(app, PhoneLink).id), clock.now()))


def claim(app: Flask, device_id: str, clock: MovableClock) -> bool:
    """What a press does, without the page's own look before it."""
    link_id = row_of(app, PhoneLink).id

    def act() -> bool:
        with write():
            taken = phone_links.claim(link_id, db.session.get_one(Device, device_id), clock.now())
            if not taken:
                db.session.rollback()
            return taken

    return beside(app, act)


def test_how_a_link_stands_is_compared_at_use(app: Flask, client: PageClient, clock: MovableClock) -> None:
    scanning(app, client)
    assert state(app, clock) == "open"
    clock.advance(minutes=9, seconds=59)
    assert state(app, clock) == "open"
    clock.advance(seconds=1)
    assert state(app, clock) == "expired"


def test_its_end_is_ten_minutes_from_its_making(app: Flask, client: PageClient) -> None:
    scanning(app, client)
    link = row_of(app, PhoneLink)
    assert link.ends_at - link.created_at == timedelta(minutes=10)


@pytest.mark.settings(phone_link_lifetime=60)
def test_its_life_is_a_setting(app: Flask, client: PageClient, clock: MovableClock) -> None:
    scanning(app, client)
    clock.advance(seconds=60)
    assert state(app, clock) == "expired"


@pytest.mark.parametrize("what", ["ends", "revoked", "dropped"])
def test_a_press_that_comes_too_late_takes_nothing(
    app: Flask, client: PageClient, clock: MovableClock, what: str
) -> None:
    other = linked(app, "lea.morel")
    device = row_of(app, Device).id
    change(app, PhoneLink, row_of(app, PhoneLink).id, token_hash="gone")
    page = scanning(app, client)
    link = next(row for row in rows_of(app, PhoneLink) if row.claimed_at is None)
    if what == "ends":
        clock.advance(minutes=10)
    elif what == "revoked":
        change(app, Session, link.session_id, revoked_at=clock.now())
    else:
        change(app, Authenticator, link.authenticator_id, ended_at=clock.now())

    def act() -> bool:
        with write():
            taken = phone_links.claim(link.id, db.session.get_one(Device, device), clock.now())
            if not taken:
                db.session.rollback()
            return taken

    assert beside(app, act) is False
    assert row_of(app, PhoneLink, id=link.id).claimed_at is None
    assert row_of(app, Authenticator, id=link.authenticator_id).device_id is None
    assert other.phone.get("/phone").status == 200
    assert page.step == "scan-qr"


def test_a_link_is_taken_once(app: Flask, client: PageClient, clock: MovableClock) -> None:
    page = scanning(app, client)
    Phone(app).link(link_on(page))
    assert state(app, clock) == "used"
    assert claim(app, row_of(app, Device).id, clock) is False


def test_taking_it_wakes_the_computer(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    Phone(app).link(link_on(page))
    assert row_of(app, Signal).topic == f"session:{row_of(app, PhoneLink).session_id}"


def test_refusing_it_wakes_the_computer_and_a_taken_one_cannot_be_refused(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page = scanning(app, client)
    Phone(app).get(link_on(page)).press("not-me")
    assert row_of(app, Signal).topic == f"session:{row_of(app, PhoneLink).session_id}"
    fresh = client.get(page.path)
    Phone(app).link(link_on(fresh))
    taken = next(row for row in rows_of(app, PhoneLink) if row.claimed_at is not None)

    def act() -> bool:
        with write():
            return phone_links.refuse(taken.id, clock.now())

    assert beside(app, act) is False
    assert row_of(app, PhoneLink, id=taken.id).ended_at is None


def test_a_token_is_found_by_its_digest_only(app_context: Flask) -> None:
    for token in ("", "x", "é", "%", "a" * 100_000):
        assert phone_links.find(token) is None


def test_every_link_has_a_challenge_of_its_own_that_nobody_can_guess(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    client.get(page.path).press("code-app")
    place_with_phone(PageClient(app), Phone(app), "first-connection", "scan-qr", invite(app, "lea.morel"))
    links = rows_of(app, PhoneLink)
    made = beside(app, lambda: [phone_links.challenge_of(link) for link in links])
    again = beside(app, lambda: [phone_links.challenge_of(link) for link in links])
    assert made == again
    assert len({*made}) == len(links) == 2
    assert all(len(each) == 32 for each in made)
