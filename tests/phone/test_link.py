"""The address in the link QR: shows whose account, binds by a press, one phone, ten minutes, with the session that shows it (SEC-11)."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import disable, invite, press_button
from tests.support.phones import PasskeyPhone, Phone, link_first, link_on, linked, number_on, place_with_phone
from tests.support.rows import change, row_of, rows_of, tables
from wizard.models import AuditEvent, Authenticator, Device, DeviceKey, PhoneLink, Session


def scanning(app: Flask, client: PageClient, username: str = "amina.keita") -> Page:
    """The computer's page with the link QR."""
    return place_with_phone(client, Phone(app), "first-connection", "scan-qr", invite(app, username))


def test_the_phone_is_told_whose_account_and_which_computer(app: Flask, client: PageClient) -> None:
    page = Phone(app).get(link_on(scanning(app, client)))
    assert (page.status, page.page) == (200, "phone-link")
    assert "amina.keita" in page.text
    assert page.choices() == ["link", "not-me"]
    assert page.has("time[data-ends]")


def test_looking_at_the_address_binds_nothing(app: Flask, client: PageClient) -> None:
    address = link_on(scanning(app, client))
    before = tables(app)
    for _ in range(3):
        assert Phone(app).get(address).status == 200
    # By its help code the helpdesk finds who looks at the page.
    change(app, Authenticator, row_of(app, Authenticator).id, help_code=None, help_code_at=None)
    assert tables(app) == before


def test_pressing_claims_the_pending_phone_which_confirms_nothing_yet(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    phone = Phone(app)
    assert phone.link(link_on(page)).page == "phone-home"
    bound = row_of(app, Authenticator)
    assert (bound.kind, bound.proven_at, bound.device_id) == ("phone", None, row_of(app, Device).id)
    assert row_of(app, DeviceKey).kind == "webcrypto"
    assert row_of(app, PhoneLink).shown is None
    assert len(rows_of(app, AuditEvent, kind="phone-claimed")) == 1
    assert client.get("/account").location == "/first-connection"


def test_a_phone_whose_browser_has_no_name_is_called_a_phone_in_the_persons_language(
    app: Flask, client: PageClient
) -> None:
    phone = Phone(app)
    phone.language = "fr"
    phone.link(link_on(scanning(app, client)))
    assert row_of(app, Authenticator).label == "Téléphone"


def test_the_token_is_in_the_database_as_a_digest_and_encrypted_only(app: Flask, client: PageClient) -> None:
    token = link_on(scanning(app, client)).rsplit("/", 1)[1]
    assert len(token) >= 22  # 128 bit
    assert token not in repr(tables(app))
    assert token.encode() not in (row_of(app, PhoneLink).shown or b"")


def test_a_second_phone_is_told_that_the_code_was_used(app: Flask, client: PageClient) -> None:
    address = link_on(scanning(app, client))
    Phone(app).link(address)
    other = Phone(app)
    page = other.get(address)
    assert (page.status, page.problem) == (410, "link-used")
    assert not page.has("main a[href='/phone']")
    assert len(rows_of(app, Device)) == 1


def test_a_phone_that_is_linked_finds_its_own_page_from_a_code_that_is_not_its(app: Flask, client: PageClient) -> None:
    known = linked(app, "lea.morel").phone
    address = link_on(scanning(app, client))
    Phone(app).link(address)
    page = known.get(address)
    assert page.problem == "link-used"
    assert page.open("This phone’s page").page == "phone-home"


def test_of_two_phones_that_have_the_page_open_the_first_press_counts(app: Flask, client: PageClient) -> None:
    address = link_on(scanning(app, client))
    phones = [Phone(app), Phone(app)]
    pages = [phone.get(address) for phone in phones]
    first, second = (page.press("link", **page.client.key_fields(page)) for page in pages)  # type: ignore[attr-defined]
    assert first.page == "phone-home"
    assert (second.status, second.problem) == (410, "link-used")
    assert phones[1].raw.get_cookie("perron-phone") is None
    assert len(rows_of(app, Device)) == len(rows_of(app, DeviceKey)) == 1


def test_the_phone_that_took_it_may_press_or_scan_again_and_comes_to_its_own_page(
    app: Flask, client: PageClient
) -> None:
    phone, address = Phone(app), link_on(scanning(app, client))
    page = phone.get(address)
    fields = page.form_values() | phone.key_fields(page) | {"choice": "link"}
    for _ in range(2):
        assert phone.post(address, fields).location == "/phone"
    assert "it shows a number" in phone.get(address, follow=True).text
    assert len(rows_of(app, Device)) == 1


def test_after_ten_minutes_it_has_run_out_and_the_computer_shows_another(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page = scanning(app, client)
    address, phone = link_on(page), Phone(app)
    opened = phone.get(address)
    clock.advance(minutes=10)
    assert phone.get(address).problem == "link-expired"
    late = phone.post(address, opened.form_values() | phone.key_fields(opened) | {"choice": "link"})
    assert (late.status, late.problem) == (410, "link-expired")
    fresh = link_on(client.get(page.path))
    assert fresh != address
    assert phone.link(fresh).page == "phone-home"


def test_a_newer_code_ends_the_older_one(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    older, phone = link_on(page), Phone(app)
    phone.link(older)
    newer = link_on(client.get(page.path).press("again"))
    assert Phone(app).get(older).problem == "link-used"
    assert row_of(app, Authenticator).device_id is None
    assert Phone(app).link(newer).page == "phone-home"


@pytest.mark.parametrize("how", ["signed out", "another browser"])
def test_it_ends_with_the_session_that_shows_it(app: Flask, client: PageClient, how: str) -> None:
    person = invite(app)
    press_button(client, person)
    page = place_with_phone(client, Phone(app), "first-connection", "scan-qr", person)
    address, phone = link_on(page), Phone(app)
    opened = phone.get(address)
    if how == "signed out":
        client.post("/sign-out")
    else:
        press_button(PageClient(app), person)
    assert phone.get(address).problem == "link-replaced"
    late = phone.post(address, opened.form_values() | phone.key_fields(opened) | {"choice": "link"})
    assert (late.status, late.problem) == (410, "link-replaced")
    assert rows_of(app, Device) == []


def test_an_altered_token_leads_nowhere(app: Flask, client: PageClient) -> None:
    address = link_on(scanning(app, client))
    last = "A" if address[-1] != "A" else "B"
    for token in (address[:-1] + last, address + "x", address[:-1], "/phone/link/" + "x" * 5000, "/phone/link/%00"):
        page = Phone(app).get(token)
        assert (page.status, page.problem) == (404, "link-unknown")


def test_a_disabled_account_links_no_phone(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = place_with_phone(client, Phone(app), "first-connection", "scan-qr", person)
    disable(app, person)
    assert Phone(app).get(link_on(page)).problem == "link-unknown"


def test_who_says_that_it_is_not_theirs_ends_the_code_and_binds_nothing(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    phone, address = Phone(app), link_on(page)
    answer = phone.get(address).press("not-me")
    assert (answer.status, answer.page) == (200, "phone-link")
    assert row_of(app, PhoneLink).ended_reason == "not-me"
    assert rows_of(app, Device) == []
    assert Phone(app).get(address).problem == "link-replaced"
    assert link_on(client.get(page.path)) != address


@pytest.mark.parametrize("sent", [{"choice": ["link", "not-me"]}, {"choice": "yes"}, {"choice": ["link", "link"]}])
def test_a_press_that_the_page_does_not_offer_is_malformed(
    app: Flask, client: PageClient, sent: dict[str, object]
) -> None:
    phone, address = Phone(app), link_on(scanning(app, client))
    page = phone.get(address)
    assert phone.post(address, page.form_values() | phone.key_fields(page) | sent).status == 400
    assert rows_of(app, Device) == []


def test_a_form_from_elsewhere_links_nothing(app: Flask, client: PageClient) -> None:
    phone, address = Phone(app), link_on(scanning(app, client))
    page = phone.get(address)
    fields = phone.key_fields(page) | {"choice": "link"}
    assert phone.post(address, fields, csrf=False).status == 403
    assert phone.post(address, fields, headers={"Origin": "https://evil.example"}).status == 403
    assert rows_of(app, Device) == []


def test_ten_megabytes_are_too_much(app: Flask, client: PageClient) -> None:
    phone, address = Phone(app), link_on(scanning(app, client))
    page = phone.get(address)
    assert phone.post(address, page.form_values() | {"public_key": "A" * 10_000_000}).status == 413


def test_two_accounts_share_a_phone_and_each_knows_its_own_requests(app: Flask) -> None:
    phone = Phone(app)
    for username in ("amina.keita", "lea.morel"):
        assert link_first(app, invite(app, username), phone).person.username == username
    assert len(rows_of(app, Device)) == len(rows_of(app, DeviceKey)) == 1
    assert {row.device_id for row in rows_of(app, Authenticator)} == {row_of(app, Device).id}
    said = phone.get("/phone").text
    assert "amina.keita" in said
    assert "lea.morel" in said


def test_a_phone_that_is_the_only_device_goes_on_by_itself(app: Flask) -> None:
    phone = PasskeyPhone(app)
    page = place_with_phone(phone, phone, "first-connection", "scan-qr", invite(app))
    page = page.press("phone")
    assert page.page == "phone-link"
    page = page.press("link", **phone.key_fields(page))
    assert (page.journey, page.step) == ("first-connection", "match-number")
    assert not page.has("[data-number]")
    answered = phone.asked().press("yes", **phone.proof(phone.asked(), shown_here(phone)))
    assert answered.page == "phone-request"
    assert answered.press().step == "change-password"


def shown_here(phone: Phone) -> str:
    """The number that the phone's own page holds, because it is the computer as well."""
    return str(json.loads(attribute(phone.asked().form(), "data-phone-answer"))["number"])


@pytest.mark.settings(phone_key="any")
def test_the_only_device_needs_a_key_that_asks_for_finger_face_or_pin(app: Flask) -> None:
    for phone in (Phone(app), Phone(app, has_key=False)):
        person = invite(app, f"person.{'key' if phone.key else 'cookie'}")
        page = place_with_phone(phone, phone, "first-connection", "scan-qr", person).press("phone")
        page = page.press("link", **phone.key_fields(page))
        assert (page.status, page.refused) == (422, "key-needed")
        assert "Without scripts this browser cannot keep a key." in page.said(".error noscript")
    assert rows_of(app, Device) == []


@pytest.mark.settings(phone_key="any")
def test_the_only_device_cannot_lean_on_a_weaker_key_that_it_holds_already(app: Flask) -> None:
    someone = linked(app)
    page = place_with_phone(someone.phone, someone.phone, "first-connection", "scan-qr", invite(app, "lea.morel"))
    page = page.press("phone").press("link")
    assert (page.status, page.refused) == (422, "key-needed")


def test_the_computer_goes_on_when_a_phone_has_claimed_the_code(app: Flask, client: PageClient) -> None:
    page = scanning(app, client)
    assert page.press().refused == "not-yet"
    Phone(app).link(link_on(page))
    assert client.get("/first-connection/scan-qr/wait").json == {"state": "answered"}
    page = page.press()
    assert page.step == "match-number"
    assert number_on(page)
    assert row_of(app, Session).revoked_at is None
