"""The phone's key: which kinds are accepted, that it alone answers, and that nobody gives a phone another one (SEC-12)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from flask import Flask

from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.phones import (
    PasskeyPhone,
    Phone,
    altered,
    asking,
    link_on,
    linked,
    number_on,
    place_with_phone,
    sign_in_by_phone,
)
from tests.support.rows import change, row_of, rows_of
from tests.support.settings import make_settings
from wizard.models import ApprovalRequest, Authenticator, Device, DeviceKey
from wizard.settings import SettingsError


def linking(app: Flask, phone: Phone, username: str = "amina.keita") -> Page:
    """What the phone sees after "Use this phone"."""
    page = place_with_phone(PageClient(app), phone, "first-connection", "scan-qr", invite(app, username))
    return phone.link(link_on(page))


def set_phone_key(app: Flask, kind: str) -> None:
    """The operator changes PHONE_KEY and starts anew."""
    known = app.extensions["perron"]
    known.settings = dataclasses.replace(known.settings, phone_key=kind)


def phones(app: Flask) -> dict[str, Phone]:
    return {"webauthn": PasskeyPhone(app), "webcrypto": Phone(app), "cookie": Phone(app, has_key=False)}


@pytest.mark.parametrize(
    ("setting", "accepted"),
    [
        ("webauthn", {"webauthn"}),
        ("key", {"webauthn", "webcrypto"}),
        ("any", {"webauthn", "webcrypto", "cookie"}),
    ],
)
def test_the_setting_says_which_keys_are_linked(app: Flask, setting: str, accepted: set[str]) -> None:
    set_phone_key(app, setting)
    for kind, phone in phones(app).items():
        page = linking(app, phone, f"person.{kind}")
        assert (page.page, page.refused) == (("phone-home", None) if kind in accepted else ("phone-link", "key-needed"))
    assert {row.kind for row in rows_of(app, DeviceKey)} == accepted


@pytest.mark.parametrize("kind", ["webauthn", "webcrypto", "cookie"])
@pytest.mark.settings(phone_key="any")
def test_each_kind_of_key_signs_in(app: Flask, kind: str) -> None:
    someone = linked(app, phone=phones(app)[kind])
    assert sign_in_by_phone(app, someone).get("/account").signed_in
    assert row_of(app, DeviceKey).kind == kind


@pytest.mark.settings(phone_key="any")
def test_a_cookie_that_is_accepted_no_more_confirms_nothing(app: Flask) -> None:
    someone = linked(app, phone=Phone(app, has_key=False))
    set_phone_key(app, "key")
    page = asking(app, someone)
    said = someone.phone.say(number_on(page))
    assert (said.status, said.refused) == (422, "key-refused")
    assert page.press().refused == "not-yet"


@pytest.mark.parametrize("kind", ["webauthn", "webcrypto"])
def test_a_cookie_without_its_key_never_confirms(app: Flask, kind: str) -> None:
    someone = linked(app, phone=phones(app)[kind])
    page = asking(app, someone)
    asked = someone.phone.asked()
    for fields in ({}, {"assertion": "{}"}, {"signature": "x"}, {"assertion": "[" * 5000, "signature": "é"}):
        said = asked.press("yes", number=number_on(page), **fields)
        assert (said.status, said.refused) == (422, "key-refused")
        refused = asked.press("not-me", **fields)
        assert (refused.status, refused.refused) == (422, "key-refused")
    assert row_of(app, ApprovalRequest, claimed_at=None).answer is None
    assert page.press().refused == "not-yet"


def test_the_thief_of_a_cookie_cannot_give_the_phone_a_key_of_his_own(app: Flask) -> None:
    someone = linked(app)
    thief = Phone(app)
    stolen = someone.phone.raw.get_cookie("perron-phone")
    assert stolen is not None
    thief.raw.set_cookie("perron-phone", stolen.value, domain="localhost")
    page = place_with_phone(PageClient(app), thief, "first-connection", "scan-qr", invite(app, "thief.account"))
    page = thief.get(link_on(page))
    page.press("link", **thief.key_fields(page))
    assert (
        row_of(
            app, DeviceKey, device_id=row_of(app, Authenticator, account_id=someone.person.account_id).device_id
        ).ended_at
        is None
    )
    thief.raw.set_cookie("perron-phone", stolen.value, domain="localhost")
    shown = asking(app, someone)
    assert thief.say(number_on(shown)).refused == "key-refused"
    assert someone.phone.say(number_on(shown)).status == 200
    assert shown.press().signed_in


def test_a_phone_whose_browser_has_forgotten_the_key_is_linked_anew_as_another(app: Flask) -> None:
    someone = linked(app)
    someone.phone.key = Phone(app).key
    page = asking(app, someone)
    assert someone.phone.say(number_on(page)).refused == "key-refused"
    fresh = place_with_phone(PageClient(app), someone.phone, "first-connection", "scan-qr", invite(app, "lea.morel"))
    form = someone.phone.get(link_on(fresh))
    assert form.press("link", **someone.phone.key_fields(form)).page == "phone-home"
    assert len(rows_of(app, Device)) == len(rows_of(app, DeviceKey, ended_at=None)) == 2


def test_a_phone_whose_key_is_gone_from_the_records_confirms_nothing(app: Flask) -> None:
    someone = linked(app)
    change(app, DeviceKey, row_of(app, DeviceKey).id, ended_at=row_of(app, DeviceKey).created_at)
    page = asking(app, someone)
    assert someone.phone.say(number_on(page)).refused == "key-refused"
    assert page.press().refused == "not-yet"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param({"l0": "another-request"}, id="of another request"),
        pytest.param({"l1": "another-challenge"}, id="of another challenge"),
        pytest.param({"l2": "ways"}, id="for another purpose"),
        pytest.param({"l3": "99"}, id="over another number"),
        pytest.param({"l4": "not-me"}, id="over another decision"),
        pytest.param({"l5": "another-account"}, id="for another account"),
        pytest.param({"l6": "https://evil.example"}, id="of another origin"),
    ],
)
@pytest.mark.settings(number_digits=6)
def test_a_signature_is_good_for_exactly_what_it_says(app: Flask, lines: dict[str, str]) -> None:
    someone = linked(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    said = asked.press("yes", number=number, signature=someone.phone.sign(asked, number, **lines))
    assert (said.status, said.refused) == (422, "key-refused")
    assert row_of(app, ApprovalRequest, claimed_at=None).answer is None
    assert someone.phone.say(number, asked).status == 200


def test_an_altered_or_foreign_signature_is_refused(app: Flask) -> None:
    someone, other = linked(app), Phone(app)
    page = asking(app, someone)
    asked, number = someone.phone.asked(), number_on(page)
    good = someone.phone.sign(asked, number)
    for bad in (altered(good), other.sign(asked, number), good[:-2], good + good, "A" * 20_000):
        assert asked.press("yes", number=number, signature=bad).refused == "key-refused"
    assert asked.press("yes", number=number, signature=good).status == 200


def test_a_signature_of_an_earlier_request_is_worth_nothing(app: Flask) -> None:
    someone = linked(app)
    first = asking(app, someone)
    asked = someone.phone.asked()
    old = someone.phone.sign(asked, number_on(first))
    someone.phone.say(number_on(first), asked)
    first.press()
    second = asking(app, someone)
    assert someone.phone.asked().press("yes", number=number_on(second), signature=old).refused == "key-refused"


def test_an_assertion_is_good_for_one_answer(app: Flask) -> None:
    someone = linked(app, phone=PasskeyPhone(app))
    first = asking(app, someone)
    asked = someone.phone.asked()
    said = someone.phone.proof(asked, number_on(first))
    assert asked.press("yes", number=number_on(first), **said).status == 200
    assert row_of(app, DeviceKey).sign_count == 2  # the first connection, and this one
    second = asking(app, someone)
    assert someone.phone.asked().press("yes", number=number_on(second), **said).refused == "key-refused"


def test_an_assertion_without_finger_face_or_pin_confirms_nothing(app: Flask) -> None:
    phone = PasskeyPhone(app)
    someone = linked(app, phone=phone)
    page = asking(app, someone)
    phone.authenticator.verifies = False
    assert phone.say(number_on(page)).refused == "key-refused"
    phone.authenticator.verifies, phone.authenticator.origin = True, "https://evil.example"
    assert phone.say(number_on(page)).refused == "key-refused"


@pytest.mark.settings(phone_key="any")
def test_a_phone_that_had_its_cookie_alone_may_get_a_key(app: Flask) -> None:
    someone = linked(app, phone=Phone(app, has_key=False))
    someone.phone.key = Phone(app).key
    page = place_with_phone(PageClient(app), someone.phone, "first-connection", "scan-qr", invite(app, "lea.morel"))
    form = someone.phone.get(link_on(page))
    form.press("link", **someone.phone.key_fields(form))
    assert row_of(app, DeviceKey, ended_at=None).kind == "webcrypto"
    assert len(rows_of(app, Device)) == 1
    assert sign_in_by_phone(app, someone).get("/account").signed_in


def test_a_credential_is_good_for_the_link_that_it_was_made_for(app: Flask) -> None:
    phone = PasskeyPhone(app)
    pages = [
        phone.get(link_on(place_with_phone(PageClient(app), phone, "first-connection", "scan-qr", invite(app, name))))
        for name in ("amina.keita", "lea.morel")
    ]
    fields = phone.key_fields(pages[0])
    page = pages[1].press("link", **fields)
    assert (page.status, page.refused) == (422, "key-refused")
    assert pages[0].press("link", **fields).page == "phone-home"


@pytest.mark.parametrize(
    "wrong",
    [{"phone_key": "none"}, {"phone_key": ""}, {"number_digits": 4}, {"number_digits": 0}, {"number_match": "scanned"}],
)
def test_a_setting_that_means_nothing_stops_the_start(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong)).upper()):
        make_settings(tmp_path, **wrong)
