"""A passkey's answer that somebody has seen, and a passkey that somebody claims to have: neither makes a second phone."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.phones import PasskeyPhone, asking, link_on, linked, number_on, place_with_phone
from tests.support.races import at_once
from tests.support.rows import change, row_of, rows_of, tables
from tests.support.soft_authenticator import SoftAuthenticator
from tests.support.windows import window_of
from wizard.adapters.phone_keys import decoded
from wizard.models import Device, DeviceKey

pytestmark = pytest.mark.usefixtures("each_database")
NOT_COUNTED = frozenset({"throttles"})


class Uncounted(SoftAuthenticator):
    """A passkey that its maker keeps on several devices: its counter stays 0, so that it does not show a repetition."""

    def get(self, challenge: bytes) -> str:
        self.count = -1
        return super().get(challenge)


def forgotten(app: Flask) -> tuple[PasskeyPhone, Page]:
    """A phone that has lost its cookie, and the page on which it says "This is my phone"."""
    phone = PasskeyPhone(app)
    phone.authenticator = Uncounted(phone.home)
    linked(app, phone=phone)
    phone.forget()
    return phone, phone.get("/phone")


def answer_to(phone: PasskeyPhone, page: Page) -> str:
    options = json.loads(attribute(page.form(), "data-phone-mine"))
    return phone.authenticator.get(decoded(options["challenge"]))


def test_an_answer_that_was_seen_makes_no_second_phone(app: Flask) -> None:
    """SEC-18: a challenge works once. The cookie that holds it can be kept and sent again, the server has to remember."""
    phone, page = forgotten(app)
    thief, said = window_of(phone), answer_to(phone, page)
    assert page.press(assertion=said).page == "phone-home"
    before = tables(app, NOT_COUNTED)
    again = thief.post("/phone/mine", {"assertion": said})
    assert (again.status, again.problem) == (403, "phone-unknown")
    assert thief.raw.get_cookie("perron-phone") is None
    assert tables(app, NOT_COUNTED) == before
    assert phone.get("/phone").page == "phone-home"
    assert "amina.keita" in phone.get("/phone").text


def test_of_many_who_send_one_answer_at_once_one_is_the_phone(app: Flask) -> None:
    phone, page = forgotten(app)
    said = answer_to(phone, page)
    windows = [window_of(phone) for _ in range(12)]
    answers = at_once([lambda window=window: window.post("/phone/mine", {"assertion": said}) for window in windows])
    assert sorted(answer.status for answer in answers) == [303, *[403] * 11]
    assert len([window for window in windows if window.raw.get_cookie("perron-phone")]) == 1


def test_the_name_of_somebodys_passkey_is_no_passkey(app: Flask) -> None:
    """What a phone is called by its passkey can be claimed by anybody: it binds nothing, ends nothing and is no fault."""
    victim, thief = PasskeyPhone(app), PasskeyPhone(app)
    someone = linked(app, phone=victim)
    thief.authenticator.credential_id = victim.authenticator.credential_id
    computer = PageClient(app)
    page = place_with_phone(computer, thief, "first-connection", "scan-qr", invite(app, "lea.morel"))
    thief.get(link_on(page))  # a look writes down the page's help code
    before = tables(app, frozenset({"throttles", "outcomes"}))
    refused = thief.link(link_on(page))
    assert (refused.status, refused.refused) == (422, "key-refused")
    assert tables(app, frozenset({"throttles", "outcomes"})) == before
    asked = asking(app, someone)
    assert victim.say(number_on(asked)).status == 200
    assert asked.press().signed_in


def test_a_phone_with_another_passkey_takes_the_same_code(app: Flask) -> None:
    """After the refusal the code in the QR is still good for who has a passkey of their own."""
    victim, thief = PasskeyPhone(app), PasskeyPhone(app)
    linked(app, phone=victim)
    thief.authenticator.credential_id = victim.authenticator.credential_id
    page = place_with_phone(PageClient(app), thief, "first-connection", "scan-qr", invite(app, "lea.morel"))
    thief.link(link_on(page))
    assert PasskeyPhone(app).link(link_on(page)).page == "phone-home"
    assert len(rows_of(app, DeviceKey)) == 2


def test_an_ended_phone_is_not_revived_by_its_passkey(app: Flask) -> None:
    phone, page = forgotten(app)
    device = row_of(app, Device)
    change(app, Device, device.id, ended_at=device.created_at)
    assert page.press(assertion=answer_to(phone, page)).problem == "phone-unknown"
