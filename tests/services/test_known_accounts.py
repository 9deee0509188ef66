"""The accounts that a browser knows: it saves typing and proves nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer

from tests.support.page_client import PageClient
from tests.support.people import Completed, clock_of, completed, disable, next_code, place_at, sign_in, sign_out

NAME = "perron-known"


def kept_value(browser: PageClient, name: str = NAME) -> str | None:
    found = browser.raw.get_cookie(name, domain=browser.home.split("://")[1])
    return found.value if found else None


def offered(browser: PageClient) -> list[str]:
    page = browser.get("/sign-in/enter-username")
    return [str(button["value"]) for button in page.soup.select("[name=known]")]


def visit(browser: PageClient, person: Completed, *, shared: bool = False) -> None:
    sign_in(browser, person, shared=shared)
    sign_out(browser)


def test_the_list_is_offered_and_one_press_fills_in_the_name(app: Flask, client: PageClient) -> None:
    person = completed(app)
    visit(client, person)
    assert offered(client) == [person.account_id]
    page = client.get("/sign-in/enter-username").press(known=person.account_id)
    assert (page.step, person.username in page.text) == ("enter-password", True)


def test_nothing_is_kept_before_the_sign_in_is_whole(app: Flask, client: PageClient) -> None:
    place_at(client, "sign-in", "enter-code", completed(app))
    assert kept_value(client) is None


def test_a_shared_computer_forgets_the_person_and_keeps_the_others(app: Flask, client: PageClient) -> None:
    first, second = completed(app), completed(app, "lea.morel")
    visit(client, first)
    visit(client, second)
    assert offered(client) == [second.account_id, first.account_id]
    visit(client, second, shared=True)
    assert offered(client) == [first.account_id]


def test_five_are_known_and_the_one_used_longest_ago_is_forgotten(app: Flask, client: PageClient) -> None:
    people = [completed(app, f"person.{number}") for number in range(6)]
    for person in people:
        visit(client, person)
    assert offered(client) == [person.account_id for person in reversed(people[1:])]


def test_a_disabled_account_is_not_offered(app: Flask, client: PageClient) -> None:
    person = completed(app)
    visit(client, person)
    disable(app, person)
    assert offered(client) == []


def test_the_cookie_holds_ids_only_and_is_kept_from_scripts(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-password", person).press(password=person.password)
    assert person.secret is not None
    answer = page.press(code=next_code(person.secret, clock_of(app)), follow=False)
    (cookie,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith(NAME)]
    flags = {part.strip().split("=")[0] for part in cookie.split(";")[1:]}
    assert {"HttpOnly", "SameSite", "Path", "Max-Age"} <= flags
    assert person.username not in cookie
    assert person.email not in cookie


@pytest.mark.settings(public_url="https://access.tamaris.example")
def test_on_https_the_cookie_is_bound_to_the_host(app: Flask, client: PageClient) -> None:
    person = completed(app)
    visit(client, person)
    assert kept_value(client, f"__Host-{NAME}") is not None
    assert offered(client) == [person.account_id]


@pytest.mark.parametrize("forged", ["", "x", "WyJhIl0.AAAA", "null"])
def test_a_cookie_that_we_did_not_sign_knows_nobody(app: Flask, client: PageClient, forged: str) -> None:
    person = completed(app)
    value = (
        URLSafeSerializer("not our key", salt="known-accounts").dumps([person.account_id]) if forged == "x" else forged
    )
    client.raw.set_cookie(NAME, str(value), domain="localhost")
    assert offered(client) == []


def test_an_account_that_this_browser_does_not_know_cannot_be_chosen(app: Flask, client: PageClient) -> None:
    person = completed(app)
    client.get("/sign-in", follow=True)
    answer = client.post("/sign-in/enter-username", {"known": person.account_id, "choice": "continue"})
    assert (answer.status, answer.refused) == (422, "missing")
