"""Every address that takes a post, found in the map of addresses: without this session's form secret nothing happens (SEC-36)."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import Desk
from tests.organisations.colleagues import administrator
from tests.support.page_client import PageClient
from tests.support.people import completed, next_code, place_at, sign_in
from tests.support.phones import linked
from tests.support.rows import NOTES_OF_POSTS, tables

new_agent = desks.new_agent
agent = desks.agent


ASKS_WHO_FIRST = "/helpdesk/bulk"
"""Its body is read only for an agent, so the secret in it is asked for after that."""


def posts(app: Flask) -> list[str]:
    """Every address that takes a post; ids in it are invented, because the secret is asked for before anything is looked up."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())]
    found = [re.sub(r"<[^>]+>", "x" * 20, rule) for rule in rules]
    assert len(found) > 60
    return sorted(found)


def let_through(app: Flask, browser: PageClient, token: str | None) -> list[tuple[str, int]]:
    """Where a post with this secret is not refused; what no journey has open is sent on without an effect."""
    found = []
    for path in posts(app):
        data = {"choice": "continue", "language": "fr", "reason": "lost"} | (
            {"csrf_token": token} if token is not None else {}
        )
        headers = {"Origin": browser.home, "Referer": f"{browser.home}/"}
        answer = browser.raw.post(path, base_url=browser.home, data=data, headers=headers)
        is_step = path.split("/")[1] in app.extensions["perron-journeys"]
        refusals = {403, 303} if is_step else {403, 303, 404} if path == ASKS_WHO_FIRST else {403}
        if answer.status_code not in refusals:
            found.append((path, answer.status_code))
        answer.close()
    return found


def of_another(app: Flask) -> str:
    other = PageClient(app)
    other.get("/sign-in", follow=True)
    return other.csrf_token()


@pytest.mark.parametrize("token", [None, "", "x", "another browser's"])
def test_nothing_is_done_for_an_agent_without_the_secret(app: Flask, agent: Desk, token: str | None) -> None:
    secret = of_another(app) if token == "another browser's" else token
    before = tables(app, NOTES_OF_POSTS)
    assert let_through(app, agent.browser, secret) == []
    assert tables(app, NOTES_OF_POSTS) == before
    assert agent.browser.get("/helpdesk/people").signed_in


def test_nothing_is_done_for_an_administrator_without_the_secret(app: Flask) -> None:
    browser = administrator(app)
    before = tables(app, NOTES_OF_POSTS)
    assert let_through(app, browser, of_another(app)) == []
    assert tables(app, NOTES_OF_POSTS) == before


def test_nothing_is_done_on_a_phone_without_the_secret(app: Flask) -> None:
    phone = linked(app).phone
    before = tables(app, NOTES_OF_POSTS)
    assert let_through(app, phone, of_another(app)) == []
    assert tables(app, NOTES_OF_POSTS) == before
    assert phone.raw.get_cookie("perron-phone") is not None


def test_the_secret_from_before_signing_in_is_worth_nothing_afterwards(app: Flask, client: PageClient) -> None:
    """Whoever planted a form, or read the page before, has no form of the signed-in session."""
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    planted = client.csrf_token()
    page.press(code=next_code(person.secret or "", app.extensions["perron"].clock))
    assert client.get("/account").signed_in
    before = tables(app, NOTES_OF_POSTS)
    assert let_through(app, client, planted) == []
    assert tables(app, NOTES_OF_POSTS) == before


def test_the_secret_of_a_session_ends_with_it(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    client.get("/account/password")
    old = client.csrf_token()
    client.get("/account").press(in_form="form[action='/sign-out']")
    sign_in(client, person)
    before = tables(app, NOTES_OF_POSTS)
    assert let_through(app, client, old) == []
    assert tables(app, NOTES_OF_POSTS) == before
