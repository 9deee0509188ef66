"""Codes, buttons and addresses that were mailed: bound to their account, browser and time, and used once."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import (
    Completed,
    completed,
    disable,
    invite,
    mailed_button,
    mailed_code,
    place_at,
    press_button,
    sign_in,
)
from tests.support.rows import NOTES_OF_POSTS, row_of, rows_of, tables
from wizard.models import Account, MailedCode, Proof, Session

VERIFY = "/forgotten-password/verify-email"


def two_people(app: Flask) -> tuple[Completed, Completed]:
    return completed(app), completed(app, "bilal.aden", email="bilal@people.example")


def proofs_of(app: Flask, kind: str = "address") -> list[str | None]:
    return [row.account_id for row in rows_of(app, Proof, kind=kind, ended_at=None)]


def test_my_code_does_not_prove_your_address(app: Flask, client: PageClient) -> None:
    """Gogs CVE-2025-64175: a code was looked up without whose it is."""
    mine, yours = two_people(app)
    place_at(client, "forgotten-password", "verify-email", mine)
    code = mailed_code(app, mine)
    page = client.get("/forgotten-password/enter-username").press(username=yours.username)
    assert page.press(code=code).refused == "wrong-code"
    assert proofs_of(app) == []


def test_a_proven_address_is_not_carried_to_another_account(app: Flask, client: PageClient) -> None:
    """authentik CVE-2023-26481: a recovery link not bound to its user."""
    mine, yours = two_people(app)
    place_at(client, "forgotten-password", "enter-code", mine)
    page = client.get("/forgotten-password", follow=True)
    assert page.step == "enter-code"
    client.post("/forgotten-password/enter-username", {"username": yours.username})
    client.post("/forgotten-password/change-password", {"new_password": "Quatre 4 bateaux"})
    assert yours.account_id not in proofs_of(app)
    assert {row.password_session_id for row in rows_of(app, Account, id=yours.account_id)} & {
        row.id for row in rows_of(app, Session, account_id=mine.account_id)
    } == set()


def test_a_code_is_good_only_in_the_browser_that_asked(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    thief = PageClient(app)
    thief.get("/forgotten-password", follow=True).press(username=person.username)
    assert thief.post(VERIFY, {"code": code}).refused == "wrong-code"
    assert client.post(VERIFY, {"code": code}, follow=True).step == "enter-code"


@pytest.mark.parametrize("first", ["code", "button"])
def test_code_and_button_of_one_mail_work_once_together(app: Flask, client: PageClient, first: str) -> None:
    """vulnerability-lookup CVE-2026-73431, Telekom CVE-2025-69614: a link that was never marked as used."""
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code, button = mailed_code(app, person), mailed_button(app, person)
    if first == "code":
        page.press(code=code)
    else:
        PageClient(app).get(button).press("yes")
        assert page.press(code=code).status == 422
    thief = PageClient(app)
    assert thief.get(button).problem == "link-used"
    assert thief.post(button, {"choice": "yes"}).status == 410
    assert len(proofs_of(app)) == 1


def test_using_one_mail_ends_all_others_of_the_account(app: Flask, client: PageClient) -> None:
    person = completed(app)
    thief = PageClient(app)
    place_at(thief, "forgotten-password", "verify-email", person)
    stolen, button = mailed_code(app, person), mailed_button(app, person)
    place_at(client, "forgotten-password", "enter-code", person)
    assert thief.post(VERIFY, {"code": stolen}).status == 422
    assert thief.get(button).status == 410


def test_looking_at_a_button_spends_nothing_and_proves_nothing(app: Flask, client: PageClient) -> None:
    """Mail scanners open every link; Keycloak CVE-2026-37982."""
    person = invite(app)
    PageClient(app).get("/forgotten-password", follow=True).press(username=person.username)
    before = tables(app)
    for path in (person.button, mailed_button(app, person)):
        for _ in range(3):
            assert client.get(path).status == 200
            assert client.raw.head(path, base_url=client.home).status_code == 200
    assert tables(app) == before


def test_a_button_cannot_be_pressed_by_another_site(app: Flask, client: PageClient) -> None:
    """Login CSRF: the victim's browser would go on in the attacker's account (SEC-36)."""
    person = invite(app)
    before = tables(app)
    client.get(person.button)
    for headers, csrf in (
        ({"Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({}, False),
    ):
        assert client.post(person.button, {"choice": "yes"}, headers=headers, csrf=csrf).status == 403
    assert tables(app) == before


def test_another_persons_button_ends_my_session_first(app: Flask, client: PageClient) -> None:
    """Keycloak CVE-2025-12390: the next person at the browser got the session of the one before."""
    mine, other = completed(app), invite(app, "bilal.aden", email="bilal@people.example")
    sign_in(client, mine)
    page = press_button(client, other)
    assert not page.signed_in
    alive = [row.account_id for row in rows_of(app, Session) if row.revoked_at is None]
    assert alive.count(other.account_id) == 1
    assert row_of(app, Proof, account_id=other.account_id).method == "button"
    assert client.get("/account", follow=True).journey == "first-connection"


def test_a_code_that_has_run_out_is_refused_at_use(app: Flask, client: PageClient, clock: MovableClock) -> None:
    """authentik CVE-2025-64708: nothing has to run for a code to end."""
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code, button = mailed_code(app, person), mailed_button(app, person)
    clock.advance(minutes=61)
    assert page.press(code=code).refused == "code-expired"
    assert PageClient(app).get(button).problem == "link-expired"
    assert proofs_of(app) == []


def test_asking_again_gives_no_new_tries(app: Flask, client: PageClient) -> None:
    """NIST SP 800-63B-4 3.2.2: a new number resets no count; ZITADEL GHSA-7j7j-66cv-m239: guesses that lock-out did not count."""
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    right = mailed_code(app, person)
    wrong = "000000" if right != "000000" else "111111"
    for number in range(6):
        if number == 3:
            client.post(VERIFY, {"choice": "resend"})
        page = client.post(VERIFY, {"code": wrong})
    assert page.refused == "paused"
    assert client.post(VERIFY, {"code": mailed_code(app, person)}).refused == "paused"
    assert proofs_of(app) == []


def test_new_browsers_give_no_new_tries_at_one_address(app: Flask) -> None:
    """Telekom CVE-2025-69615: another header, another browser, and the count began anew."""
    person = completed(app)
    refused = []
    for number in range(3):
        browser = PageClient(app, address=f"192.0.2.{number}")
        browser.get("/forgotten-password", follow=True).press(username=person.username)
        refused += [browser.post(VERIFY, {"code": f"00000{digit}"}).refused for digit in range(5)]
    assert refused[:10] == ["wrong-code"] * 10
    assert refused[10:] == ["paused"] * 5


def test_a_mailbox_is_not_flooded(app: Flask, mailbox: Mailbox, clock: MovableClock) -> None:
    """At most 3 mails in a quarter of an hour and 10 a day to one name, whoever asks from wherever."""
    person = completed(app)
    sent = []
    for _hour in range(6):
        for number in range(5):
            browser = PageClient(app, address=f"192.0.2.{number}")
            browser.get("/forgotten-password", follow=True).press(username=person.username)
        sent.append(mailbox.count("mailed_code"))
        clock.advance(hours=1)
    assert sent == [3, 6, 9, 10, 10, 10]


def test_a_token_of_one_kind_opens_no_door_of_another(app: Flask, client: PageClient) -> None:
    """authentik CVE-2022-23555: an invitation not bound to its flow. Each kind of token has a key of its own."""
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    token = str(client.cookie()["t"])
    before = tables(app, NOTES_OF_POSTS)
    for path in (f"/i/{token}", "/i/" + client.cookie()["n"], "/i/..%2f..", "/i/%00", "/i/" + "a" * 3000, "/i/é"):
        assert PageClient(app).raw.get(path, base_url=client.home).status_code == 404
    assert tables(app, NOTES_OF_POSTS) == before
    assert not rows_of(app, MailedCode, used_at=None, account_id="")


def test_a_closed_account_gets_no_code_and_no_notice(app: Flask, client: PageClient, mailbox: Mailbox) -> None:
    person = completed(app)
    disable(app, person)
    before = len(mailbox.all())
    client.get("/forgotten-password", follow=True).press(username=person.username)
    page = client.get("/sign-in", follow=True)
    for number in range(11):
        page = client.post("/sign-in/enter-password", {"password": f"Wrong one {number}"})
    assert page.refused == "paused"
    assert len(mailbox.all()) == before
