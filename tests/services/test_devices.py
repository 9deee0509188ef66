"""Devices and links: which key is held, which link a phone stands for, and when a device may be given another key."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.people import invite
from tests.support.phones import PasskeyPhone, Phone, link_first, linked
from tests.support.rows import beside, change, row_of, rows_of
from wizard.adapters.phone_keys import KeyRefused
from wizard.domain.number_match import YES, Answer
from wizard.domain.secrets_made import new_id
from wizard.models import Account, Authenticator, Device, DeviceKey, db, write
from wizard.services import devices
from wizard.services.devices import Signed

ANSWER = Answer("request", "challenge", "sign-in", "47", YES, "account", "http://localhost")


def device(app: Flask) -> str:
    return row_of(app, Device).id


def set_phone_key(app: Flask, kind: str, *, demo: bool = False) -> None:
    known = app.extensions["perron"]
    known.settings = dataclasses.replace(known.settings, phone_key=kind, demo=demo)


@pytest.mark.parametrize(
    ("setting", "demo", "kinds"),
    [
        ("webauthn", False, {"webauthn"}),
        ("key", False, {"webauthn", "webcrypto"}),
        ("any", False, {"webauthn", "webcrypto", "cookie"}),
        ("webauthn", True, {"webauthn", "cookie"}),
        ("key", True, {"webauthn", "webcrypto", "cookie"}),
    ],
)
def test_which_kinds_of_key_are_accepted(app: Flask, setting: str, demo: bool, kinds: set[str]) -> None:
    set_phone_key(app, setting, demo=demo)
    asked = ("webauthn", "webcrypto", "cookie", "", "WebAuthn", "none")
    assert {kind for kind in asked if beside(app, lambda kind=kind: devices.accepts(kind))} == kinds  # type: ignore[misc]


def test_a_new_key_ends_the_one_before(app: Flask, clock: MovableClock) -> None:
    linked(app)
    held = row_of(app, DeviceKey)

    def act() -> None:
        with write():
            devices.give_key(
                db.session.get_one(Device, held.device_id), devices.NewKey("cookie", None, None), clock.now()
            )

    beside(app, act)
    assert row_of(app, DeviceKey, ended_at=None).kind == "cookie"
    assert row_of(app, DeviceKey, id=held.id).ended_at == clock.now()


@pytest.mark.settings(phone_key="any")
@pytest.mark.parametrize(("kind", "may"), [("cookie", True), ("webcrypto", False), ("webauthn", False)])
def test_only_a_device_that_needs_its_cookie_alone_takes_another_key(app: Flask, kind: str, may: bool) -> None:
    phones = {"cookie": Phone(app, has_key=False), "webcrypto": Phone(app), "webauthn": PasskeyPhone(app)}
    linked(app, phone=phones[kind])
    name = device(app)
    assert beside(app, lambda: devices.takes_another_key(db.session.get_one(Device, name))) is may
    set_phone_key(app, "key")
    assert beside(app, lambda: devices.takes_another_key(db.session.get_one(Device, name))) is False


def test_a_device_without_any_key_takes_none_and_signs_nothing(app: Flask, clock: MovableClock) -> None:
    linked(app)
    name = device(app)
    change(app, DeviceKey, row_of(app, DeviceKey).id, ended_at=clock.now())
    assert beside(app, lambda: devices.takes_another_key(db.session.get_one(Device, name))) is False
    with pytest.raises(KeyRefused):
        beside(app, lambda: devices.check_answer(db.session.get_one(Device, name), ANSWER, Signed()))


def test_a_signature_of_the_other_kind_proves_nothing(app: Flask) -> None:
    phone = PasskeyPhone(app)
    linked(app, phone=phone)
    name, signature = device(app), Phone(app).signed(ANSWER.message().decode())
    with pytest.raises(KeyRefused):
        beside(app, lambda: devices.check_answer(db.session.get_one(Device, name), ANSWER, Signed(signature=signature)))


def test_a_signature_over_the_whole_answer_is_taken(app: Flask) -> None:
    someone = linked(app)
    name, signed = device(app), Signed(signature=someone.phone.signed(ANSWER.message().decode()))
    assert beside(app, lambda: devices.check_answer(db.session.get_one(Device, name), ANSWER, signed)) is None
    other = dataclasses.replace(ANSWER, number="48")
    with pytest.raises(KeyRefused):
        beside(app, lambda: devices.check_answer(db.session.get_one(Device, name), other, signed))


def test_a_phone_of_two_accounts_has_a_link_to_each_and_to_no_third(app: Flask) -> None:
    first = linked(app)
    link_first(app, invite(app, "lea.morel"), first.phone)
    linked(app, "third.person")
    name = first_device(app, first.person.account_id)

    def accounts() -> dict[str | None, bool]:
        held = db.session.get_one(Device, name)
        found = [db.session.get_one(Account, row.id) for row in rows_of(app, Account)]
        return {account.username: devices.link_to(held, account) is not None for account in found}

    assert beside(app, accounts) == {"amina.keita": True, "lea.morel": True, "third.person": False}


def first_device(app: Flask, account_id: str) -> str:
    found = row_of(app, Authenticator, account_id=account_id).device_id
    assert found is not None
    return found


def test_a_phone_linked_once_more_stands_for_the_link_that_is_being_made(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    old = row_of(app, Authenticator)
    kept = {column.name: getattr(old, column.name) for column in Authenticator.__table__.columns}

    def act() -> None:
        with write() as session:
            session.add(Authenticator(**(kept | {"id": new_id(), "proven_at": None, "label": "again"})))

    beside(app, act)
    new = row_of(app, Authenticator, label="again")

    def stands_for(asked_by: str | None) -> str | None:
        held = db.session.get_one(Device, old.device_id)
        found = devices.link_to(held, db.session.get_one(Account, someone.person.account_id), asked_by)
        return found.id if found else None

    assert beside(app, lambda: stands_for(new.session_id)) == new.id
    assert beside(app, lambda: stands_for("another-session")) == old.id
    assert beside(app, lambda: stands_for(None)) == old.id


def test_links_that_have_ended_are_none(app: Flask, clock: MovableClock) -> None:
    linked(app)
    row = row_of(app, Authenticator)
    change(app, Authenticator, row.id, ended_at=clock.now())
    assert beside(app, lambda: devices.links_of(db.session.get_one(Device, row.device_id))) == []
