"""A help code that leads to a browser in which nobody is proven, or to somebody."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_people import known
from tests.support.moved import moved
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import invite, place_at
from tests.support.rows import change, rows_of
from wizard.models import Account, Outcome


def code_of(client: PageClient) -> str:
    """The help code at the foot of this browser's pages."""
    return client.get("/guide/sign-in").said("[data-help-code]")


def test_what_a_browser_did_is_told_before_anybody_is_proven(app: Flask, agent: Desk, client: PageClient) -> None:
    page = client.get("/sign-in", follow=True).press(username="nobody.at.all")
    page.press(password="some password or other")
    found = agent.browser.get(f"/helpdesk/sessions/{code_of(client)}")
    assert found.page == "helpdesk-session"
    assert "nobody is proven yet" in found.soup.header.get_text()  # type: ignore[union-attr]
    assert "Was refused at “Password”: wrong password." in found.text
    assert "Finished “User name”." in found.text
    assert "nobody.at.all" not in found.html


def test_by_what_the_caller_says_the_card_is_found_and_says_the_same_code(
    app: Flask, agent: Desk, client: PageClient
) -> None:
    person = moved(app, "amina.keita@harbour.example")
    known(app, person.account_id)
    page = client.get("/migrated-account", follow=True).press(email=person.email)
    code = page.said("[data-help-code]")
    found = agent.browser.get(f"/helpdesk/sessions/{code}")
    field = found.find("main form[action='/helpdesk/people'] input[autofocus]")
    card = agent.browser.get(f"/helpdesk/people?{attribute(field, 'name')}={person.email}", follow=True)
    assert card.path == f"/helpdesk/people/{person.account_id}"
    assert code in card.said("[data-person-help-code]")


def test_what_was_refused_at_the_mailed_code_stands_on_the_card(app: Flask, agent: Desk, client: PageClient) -> None:
    person = moved(app, "amina.keita@harbour.example")
    page = client.get("/migrated-account", follow=True).press(email=person.email)
    page.press(code="000000")
    card = agent.card(person)
    assert attribute(card.find("main"), "data-stands-at") == "verify-email"
    assert "Was refused at “Email”" in card.text


def test_the_code_of_somebody_proven_leads_to_their_card(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    found = agent.browser.get(f"/helpdesk/sessions/{code_of(client)}")
    assert found.location == f"/helpdesk/people/{person.account_id}"


def test_small_letters_and_blanks_do_not_matter(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    typed = code_of(client).lower().replace("-", "%20")
    assert agent.browser.get(f"/helpdesk/sessions/{typed}").location == f"/helpdesk/people/{person.account_id}"


def test_the_code_of_somebody_out_of_scope_is_not_found(app: Flask, new_agent: MakeAgent, client: PageClient) -> None:
    narrow = new_agent(only_language="fr")
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    assert narrow.browser.get(f"/helpdesk/sessions/{code_of(client)}").status == 404
    change(app, Account, person.account_id, language="fr")
    assert narrow.browser.get(f"/helpdesk/sessions/{code_of(client)}").status == 303


def test_two_people_of_one_code_are_both_named(app: Flask, agent: Desk, client: PageClient) -> None:
    first, second = invite(app), invite(app, "lea.morel", given_name="Léa", family_name="Sow")
    place_at(client, "first-connection", "choose-authenticator", first)
    other = PageClient(app)
    place_at(other, "first-connection", "choose-authenticator", second)
    code = code_of(client)
    for row in rows_of(app, Outcome, account_id=second.account_id):
        change(app, Outcome, row.id, help_code=code)  # type: ignore[arg-type]
    found = agent.browser.get(f"/helpdesk/sessions/{code}")
    assert {link["href"] for link in found.soup.select("[data-results] a")} == {
        f"/helpdesk/people/{first.account_id}",
        f"/helpdesk/people/{second.account_id}",
    }


@pytest.mark.parametrize("code", ["K7-42Q", "nothing", "../../etc/passwd", "%00", "' or 1=1 --"])
def test_a_code_that_nobody_has_is_not_found(app: Flask, agent: Desk, code: str) -> None:
    assert agent.browser.get(f"/helpdesk/sessions/{code}").status == 404


def test_what_is_too_long_ago_is_not_told(app: Flask, new_agent: MakeAgent, client: PageClient) -> None:
    client.get("/sign-in", follow=True).press(username="nobody.at.all")
    code = code_of(client)
    app.extensions["perron"].clock.advance(days=15)
    assert new_agent().browser.get(f"/helpdesk/sessions/{code}").status == 404
