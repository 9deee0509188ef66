"""Guessing: every try is counted, under one name, whatever is varied (SEC-26)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, completed, next_code, place_at, sign_in, wrong_code
from tests.support.rows import row_of, rows_of
from wizard.models import Account, Throttle

SAME_NAME = ("amina.keita", "Amina.Keita", "AMINA.KEITA ", "ａｍｉｎａ.keita", " amina.keita", "amina.ｋｅｉｔａ")


def guess(app: Flask, name: str, password: str, address: str = "192.0.2.1") -> Page:
    """One try at a password from a browser of its own."""
    return PageClient(app, address=address).get("/sign-in", follow=True).press(username=name).press(password=password)


def test_spellings_of_one_name_share_one_counter(app: Flask) -> None:
    """Telekom CVE-2025-69615: what is varied does not begin the count anew, neither name nor browser nor address."""
    person = completed(app)
    for number in range(10):
        guess(app, SAME_NAME[number % len(SAME_NAME)], f"Wrong one {number}", f"192.0.2.{number}")
    assert guess(app, person.username, person.password, "198.51.100.7").refused == "paused"


def test_the_same_wrong_password_again_hides_no_other_one(app: Flask) -> None:
    """The same wrong one counts once: between repeats every other one still counts, and none is checked in a pause."""
    person = completed(app)
    answers = []
    for number in range(10):
        guess(app, person.username, "The same wrong one")
        answers.append(guess(app, person.username, f"Wrong one {number}").refused)
    assert answers == ["wrong-password"] * 8 + ["paused"] * 2
    assert guess(app, person.username, "The same wrong one").refused == "paused"
    assert guess(app, person.username, person.password).refused == "paused"


def test_a_repeat_after_the_pause_opens_no_second_round(app: Flask, clock: MovableClock) -> None:
    person = completed(app)
    for number in range(10):
        guess(app, person.username, f"Wrong one {number}")
    clock.advance(seconds=61)
    assert guess(app, person.username, "Wrong one 9").refused == "wrong-password"
    assert guess(app, person.username, "Wrong one 10").refused == "paused"
    clock.advance(seconds=61)
    assert guess(app, person.username, person.password).refused == "paused", "The second pause is twice as long."


def test_the_page_for_a_new_password_shares_the_counter_of_sign_in(app: Flask, client: PageClient) -> None:
    """Vaultwarden CVE-2026-43914: a page beside the sign-in told right passwords from wrong ones, uncounted."""
    person = completed(app)
    sign_in(client, person)
    client.get("/account/password")
    for number in range(10):
        data = {"current_password": f"Wrong one {number}", "new_password": NEW_PASSWORD}
        answer = client.post("/account/password", data)
    assert answer.refused == "paused"
    right = {"current_password": person.password, "new_password": NEW_PASSWORD}
    assert client.post("/account/password", right).refused == "paused"
    assert guess(app, person.username, person.password).refused == "paused"


def test_wrong_codes_are_counted_for_the_account_and_not_for_the_browser(app: Flask, clock: MovableClock) -> None:
    """Keycloak CVE-2018-14657: guesses at the code were not counted."""
    person = completed(app)
    refused = []
    for number in range(3):
        browser = PageClient(app, address=f"192.0.2.{number}")
        page = place_at(browser, "sign-in", "enter-code", person)
        refused += [page.press(code=wrong_code(person.secret or "", clock)).refused for _ in range(2)]
    assert refused == ["wrong-code"] * 5 + ["paused"]
    assert page.press(code=next_code(person.secret or "", clock)).refused == "paused"


def test_a_code_works_once_in_every_journey_and_step(app: Flask, client: PageClient, clock: MovableClock) -> None:
    """MISP CVE-2026-103655, Rodauth CVE-2026-82470, devise-two-factor CVE-2015-7225: a code taken twice, or in its trailing step."""
    person = completed(app)
    code = next_code(person.secret or "", clock)
    place_at(client, "sign-in", "enter-code", person).press(code=code)
    for wait, journey in ((0, "sign-in"), (30, "sign-in"), (0, "forgotten-password")):
        clock.advance(seconds=wait)
        page = place_at(PageClient(app), journey, "enter-code", person)
        assert page.press(code=code).refused == "code-used"


@pytest.mark.settings(source_limit=5)
def test_a_header_does_not_change_the_source(app: Flask) -> None:
    """Apereo CAS CVE-2023-4612, authentik CVE-2024-47070: the address was believed as the caller sent it."""
    statuses = []
    client = PageClient(app, address="203.0.113.9")
    client.get("/sign-in", follow=True).press(username="nobody.here")
    for number in range(7):
        headers = {
            "X-Forwarded-For": f"192.0.2.{number}",
            "Forwarded": f"for=192.0.2.{number}",
            "X-Real-IP": f"192.0.2.{number}",
        }
        statuses.append(
            client.post("/sign-in/enter-password", {"password": f"Wrong one {number}"}, headers=headers).status
        )
    assert statuses == [422] * 5 + [429] * 2


@pytest.mark.settings(source_limit=5, trusted_proxies=["10.0.0.0/8"])
@pytest.mark.parametrize("forged", ["garbage", "", ",,,", "192.0.2.1:80", "::1%eth0", "'", "unknown", "10.0.0.9, x"])
def test_an_unreadable_forwarded_address_skips_no_limit(app: Flask, forged: str) -> None:
    """authentik CVE-2024-47070: an address that could not be read ended in an exception, and the check was skipped."""
    client = PageClient(app, address="10.0.0.1")
    client.get("/sign-in", follow=True).press(username="nobody.here")
    headers = {"X-Forwarded-For": forged}
    data = [{"password": f"Wrong one {number}"} for number in range(6)]
    assert [client.post("/sign-in/enter-password", each, headers=headers).status for each in data] == [422] * 5 + [429]


@pytest.mark.settings(source_limit=5, trusted_proxies=["10.0.0.0/8"])
def test_only_what_the_proxy_wrote_counts(app: Flask) -> None:
    """Behind a listed proxy its own entry, the last, names the caller; what the caller put before it is not looked at."""
    client = PageClient(app, address="10.0.0.1")
    client.get("/sign-in", follow=True).press(username="nobody.here")
    statuses = []
    for number in range(6):
        headers = {"X-Forwarded-For": f"192.0.2.{number}, 203.0.113.9"}
        statuses.append(
            client.post("/sign-in/enter-password", {"password": f"Wrong one {number}"}, headers=headers).status
        )
    assert statuses == [422] * 5 + [429]


@pytest.mark.settings(source_limit=5)
def test_addresses_of_one_ipv6_site_are_one_source(app: Flask) -> None:
    statuses = []
    for number in range(6):
        client = PageClient(app, address=f"2001:db8::{number + 1:x}")
        page = client.get("/sign-in", follow=True).press(username=f"nobody{number}")
        statuses.append(client.post(page.path, {"password": "Wrong one"}).status)
    assert statuses == [422] * 5 + [429]


def test_a_right_password_that_may_not_be_replaced_leaves_the_pause_as_it_is(app: Flask, client: PageClient) -> None:
    """What is refused for the new password must not give tries at the current one back."""
    person = completed(app)
    sign_in(client, person)
    client.get("/account/password")
    for number in range(9):
        client.post("/account/password", {"current_password": f"Wrong one {number}", "new_password": NEW_PASSWORD})
    client.post("/account/password", {"current_password": person.password, "new_password": "short"})
    assert guess(app, person.username, "Wrong one 10").refused == "paused"
    assert row_of(app, Account).password_hash is not None
    assert max(row.count for row in rows_of(app, Throttle, kind="password")) >= 10
