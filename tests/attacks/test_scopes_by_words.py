"""What an agent with a scope types into the search: no word of it is a command, a mark or a pattern, and none reaches past the scope."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import MakeAgent
from tests.support.moved import NIGER, add_moved, add_office
from tests.support.rows import beside, tables
from wizard.models import write
from wizard.services import people_search

pytestmark = pytest.mark.usefixtures("each_database")
new_agent = desks.new_agent


def people(app: Flask) -> tuple[str, str, str]:
    """An organisation, somebody in it, somebody in another one."""

    def act() -> tuple[str, str, str]:
        seen = add_moved("amina.seen@one.example", NIGER, organisation="One")
        hidden = add_moved("amina.hidden@two.example", NIGER, organisation="Two O:X C:NE L:EN")
        with write():
            people_search.refresh([seen.account_id, hidden.account_id])
        return add_office(NIGER, "One").organisation_id, seen.account_id, hidden.account_id

    return beside(app, act)


def questions(organisation: str, hidden: str) -> list[str]:
    return [
        "amina.hidden", "amina.hidden@two.example", "hidden", hidden, "two",
        # marks, as the index keeps them and as somebody would guess them
        f"O:{organisation.upper()}", f" O:{organisation.upper()} ", "C:NE", "L:EN", "o:x", f"amina O:{organisation.upper()}",
        # SQLite's full text search
        'amina" OR "hidden', "amina OR hidden", "amina NOT seen", "NEAR(amina hidden)", "text:hidden",
        "{text marks}:hidden", "hid*", "^hidden",
        '" OR rowid > 0 --', "marks:two", "amina AND NOT amina", '""', '"', "***",
        # PostgreSQL's, and patterns
        "amina | hidden", "!seen", "hidden:*", "'hidden':*A", "seen <-> hidden", "\\", "\\'", "%", "_%", "hid%en", "a_ina.hidden",
        # SQL
        "' OR 1=1 --", "'; DROP TABLE search_entries; --", "amina') OR ('a'='a", "$1", ":q", "?", "%(q)s", "\u2019 OR 1=1",
    ]  # fmt: skip


def test_no_question_reaches_past_the_scope(app: Flask, new_agent: MakeAgent) -> None:
    organisation, seen, hidden = people(app)
    desk = new_agent(organisation_id=organisation)
    before = tables(app)
    for question in questions(organisation, hidden):
        for page in ("1", "2", "25", "26", "-1", "1e9", "x"):
            if page != "1" and question not in {"hidden", "amina OR hidden"}:
                continue
            answer = desk.browser.raw.get(
                "/helpdesk/people", query_string={"q": question, "page": page}, base_url=desk.browser.home
            )
            told = answer.get_data(as_text=True) + answer.headers.get("Location", "")
            assert answer.status_code in {200, 303, 400, 404}, question
            others = told.replace(question, "")  # the page repeats what was asked
            assert hidden not in others, question
            assert "amina.hidden" not in others, question
    assert tables(app) == before
    assert desk.browser.get("/helpdesk/people?q=amina", follow=True).path == f"/helpdesk/people/{seen}"


def test_somebody_out_of_scope_and_nobody_are_told_alike(app: Flask, new_agent: MakeAgent) -> None:
    """The page for a name that is there and not seen is the page for one that is not there."""
    organisation, _seen, hidden = people(app)
    desk = new_agent(organisation_id=organisation)
    pages = {}
    for question in ("amina.hidden@two.example", "amina.hidding@two.example"):
        page = desk.browser.get(f"/helpdesk/people?q={question}")
        pages[question] = page.html.replace(question, "").replace(desk.browser.csrf_token(), "")
    nonces = [page.split('nonce="')[1].split('"')[0] if 'nonce="' in page else "" for page in pages.values()]
    plain = [page.replace(nonce, "") if nonce else page for page, nonce in zip(pages.values(), nonces, strict=True)]
    assert plain[0] == plain[1]
    for path in ("", "/sees", "/state", "/caller", "/acts/reset-step"):
        there = desk.browser.raw.get(f"/helpdesk/people/{hidden}{path}", base_url=desk.browser.home)
        nobody = desk.browser.raw.get(f"/helpdesk/people/{hidden[::-1]}{path}", base_url=desk.browser.home)
        assert there.status_code == nobody.status_code, path
        assert there.status_code in {400, 404}, path
