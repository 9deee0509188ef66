"""Finding somebody in the console."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.clock import MovableClock
from tests.support.moved import moved
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at
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


@pytest.mark.parametrize("asked", ["K7-42Q", "k7 42q", "k742q"])
def test_a_help_code_of_a_browser_in_which_nothing_was_pressed_is_not_asked_for_again(agent: Desk, asked: str) -> None:
    page = agent.browser.get(f"/helpdesk/people?q={quote(asked)}")
    assert "If it is the help code K7-42Q, perhaps nothing has been pressed in that browser yet." in page.text
    assert "Ask for the user name or the email address." in page.text
    assert "check the spelling" not in page.text


def test_a_name_that_could_be_a_help_code_is_told_as_both(agent: Desk) -> None:
    page = agent.browser.get("/helpdesk/people?q=Amina")
    assert "If it is the help code AM-LNA" in page.text
    assert "If it is a name, check the spelling." in page.text


def test_a_help_code_of_somebody_out_of_scope_is_told_like_one_of_nobody(app: Flask, new_agent: MakeAgent) -> None:
    desk = new_agent("tomas.lind", "view", only_language="fr")
    code = place_at(PageClient(app), "sign-in", "enter-code", completed(app)).said("[data-help-code]")
    page = desk.browser.get(f"/helpdesk/people?q={code}")
    assert (page.status, page.location) == (200, None)
    unknown = desk.browser.get("/helpdesk/people?q=K7-42Q")
    assert page.text.replace(code, "K7-42Q") == unknown.text


def test_user_name_and_address_stand_apart(app: Flask, agent: Desk) -> None:
    people = [completed(app, name, given_name="Amina", family_name="Sow") for name in ("amina.1", "amina.2")]
    known(app, *(person.account_id for person in people))
    page = agent.browser.get("/helpdesk/people?q=sow")
    hints = [" ".join(hint.get_text().split()) for hint in page.soup.select("[data-results] .hint")]
    assert all(hint.startswith("amina.") and " · " in hint for hint in hints), hints


def test_of_people_alike_the_step_is_said_at_which_one_under_way_stands(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    gone = invite(app, "amina.1", family_name="Sow")
    place_at(PageClient(app), "first-connection", "choose-authenticator", gone)
    clock.advance(days=15)
    desk, choosing = new_agent(), invite(app, "amina.2", family_name="Sow")
    place_at(PageClient(app), "first-connection", "choose-authenticator", choosing)
    coming = completed(app, "amina.3", family_name="Sow")
    place_at(PageClient(app), "sign-in", "enter-code", coming)
    inside, new = completed(app, "amina.4", family_name="Sow"), invite(app, "amina.5", family_name="Sow")
    known(app, *(person.account_id for person in (gone, choosing, coming, inside, new)))
    rows = desk.browser.get("/helpdesk/people?q=sow").soup.select("[data-results] > li")
    said = {row.a["href"].rsplit("/")[-1]: [tag.get_text() for tag in row.select("[data-step]")] for row in rows}  # type: ignore[index, union-attr]
    assert said == {
        gone.account_id: [],
        choosing.account_id: ["Way to confirm"],
        coming.account_id: ["Number or code"],
        inside.account_id: [],
        new.account_id: [],
    }


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
