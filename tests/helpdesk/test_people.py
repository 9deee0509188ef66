"""Finding somebody in the console."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.moved import moved
from tests.support.page_client import PageClient
from tests.support.people import completed, place_at
from tests.support.rows import beside
from wizard.models import write
from wizard.services import people_search


def known(app: Flask, *account_ids: str) -> None:
    """Put people that a test made by hand into the index, as every service does by itself."""

    def act() -> None:
        with write():
            people_search.refresh(list(account_ids))

    beside(app, act)


def test_a_part_of_a_name_finds_several_and_all_of_a_name_one(app: Flask, agent: Desk) -> None:
    one = moved(app, "amina.keita@harbour.example", given_name="Amina", family_name="Keïta")
    two = moved(app, "amina.diop@harbour.example", given_name="Amina", family_name="Diop")
    known(app, one.account_id, two.account_id)
    page = agent.browser.get("/helpdesk/people?q=amina")
    assert {link["href"] for link in page.soup.select("[data-results] a")} == {
        f"/helpdesk/people/{one.account_id}",
        f"/helpdesk/people/{two.account_id}",
    }
    assert "Harbour Aid" in page.text
    assert agent.browser.get("/helpdesk/people?q=keita").location == f"/helpdesk/people/{one.account_id}"


def test_the_help_code_leads_to_the_card(app: Flask, agent: Desk) -> None:
    person, caller = completed(app), PageClient(app)
    page = place_at(caller, "sign-in", "enter-code", person)
    code = page.soup.select_one("[data-help-code]")
    assert code is not None
    found = agent.browser.get(f"/helpdesk/people?q={code.get_text().lower()}")
    assert found.location == f"/helpdesk/people/{person.account_id}"


def test_a_help_code_of_nobody_yet_leads_to_what_the_browser_did(app: Flask, agent: Desk) -> None:
    caller = PageClient(app)
    page = caller.get("/first-connection", follow=True).press()
    code = page.soup.select_one("[data-help-code]")
    assert code is not None
    found = agent.browser.get(f"/helpdesk/people?q={code.get_text()}")
    assert found.location == f"/helpdesk/sessions/{code.get_text()}"


def test_who_is_out_of_scope_is_not_found(app: Flask, new_agent: MakeAgent) -> None:
    person = moved(app, family_name="Keïta")
    known(app, person.account_id)
    desk = new_agent("tomas.lind", "view", only_language="fr")
    page = desk.browser.get("/helpdesk/people?q=keita")
    assert (page.status, page.soup.select("[data-results]")) == (200, [])


@pytest.mark.parametrize(
    "asked", ["%", "_", "*", '"', "' or 1=1 --", "NEAR(", "<script>", "{{ 7*7 }}", "=cmd()", "ا", "Ω"]
)
def test_what_a_database_would_understand_is_text(app: Flask, agent: Desk, asked: str) -> None:
    page = agent.browser.get(f"/helpdesk/people?q={quote(asked)}")
    assert page.status == 200
    assert "<script>" not in page.html.split("<main")[1]


@pytest.mark.parametrize("query", ["q=a&q=b", "q=a&page=0", "q=a&page=9999", "q=" + "a" * 300])
def test_a_question_that_no_page_asks_is_refused(agent: Desk, query: str) -> None:
    assert agent.browser.get(f"/helpdesk/people?{query}").status == 400


def test_what_was_searched_for_is_not_logged(app: Flask, agent: Desk, caplog: pytest.LogCaptureFixture) -> None:
    agent.browser.get("/helpdesk/people?q=verysecretname")
    assert "verysecretname" not in caplog.text
