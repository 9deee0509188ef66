"""`/organisation` and the profile of an office: what each role sees, answers and is told is missing (S-03, S-04, S-38, S-39)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.support.moved import NIGER, add_office, arrived
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import Completed, completed, sign_in
from tests.support.rows import beside, change, row_of, rows_of
from wizard.models import AuditEvent, Membership, ProfileAnswer

FOR_A_COUNTRY_OFFICE = 14
"""The questions of the invented profile that a country office of an international organisation must answer."""
IDENTITY = {
    "answer-registered-name": "Harbour Aid Niger",
    "answer-year-founded": "1998",
    "answer-registered-here": "yes",
}


def office_id(app: Flask, name: str = NIGER, organisation: str = "Harbour Aid") -> str:
    return beside(app, lambda: add_office(name, organisation).id)


def member(app: Flask, role: str = "editor", office: str = NIGER, **facts: Any) -> tuple[Completed, PageClient]:
    """Somebody of this office and role, signed in."""
    facts.setdefault("email", f"{role}.{office.lower()}@harbour.example")
    person, browser = arrived(app, office=office, role=role, **facts), PageClient(app)
    sign_in(browser, person)
    return person, browser


def address(app: Flask, section: str = "", office: str = NIGER, organisation: str = "Harbour Aid") -> str:
    base = f"/organisation/offices/{office_id(app, office, organisation)}"
    return f"{base}/{section}" if section else base


def answer(page: Page, **fields: Any) -> Page:
    return page.press(**{name.replace("_", "-"): value for name, value in fields.items()})


def answered(app: Flask) -> dict[str, Any]:
    return {row.question: row.value for row in rows_of(app, ProfileAnswer)}


def test_a_member_sees_where_they_belong_and_what_is_missing(app: Flask) -> None:
    _person, browser = member(app)
    page = browser.get("/organisation")
    assert page.page == "organisation"
    for said in ("Harbour Aid", NIGER, "Editor", "You see this office only: Niger."):
        assert said in page.text
    row = page.find("[data-office]")
    assert attribute(row, "data-missing") == str(FOR_A_COUNTRY_OFFICE)
    assert "14 answers are missing before you can apply." in page.text
    assert attribute(page.find("a[data-first-open]"), "href") == f"{address(app, 'identity')}#answer-registered-name"


def test_the_first_open_question_stands_on_the_page_that_its_link_opens(app: Flask) -> None:
    _person, browser = member(app)
    page = browser.get("/organisation").open("See the first open question")
    assert page.page == "organisation-section"
    assert page.has("#answer-registered-name")


def test_the_home_says_what_is_missing_and_where_one_belongs(app: Flask) -> None:
    _person, browser = member(app)
    page = browser.get("/account")
    assert "14 answers are missing before you can apply." in page.text
    assert "Editor, Niger" in page.text
    assert page.open("See the first open question").page == "organisation-section"


def test_nothing_is_missing_for_somebody_without_an_organisation(app: Flask) -> None:
    person, browser = completed(app), PageClient(app)
    sign_in(browser, person)
    assert not browser.get("/account").has("[data-missing]")
    page = browser.get("/organisation")
    assert page.status == 200
    assert "Your account belongs to no organisation yet." in page.text
    assert not page.has("[data-office]")


def test_an_offered_membership_is_told_on_the_home_and_shown_on_the_page(app: Flask) -> None:
    person, browser = member(app)
    membership = row_of(app, Membership, account_id=person.account_id)
    change(app, Membership, membership.id, accepted_at=None)
    home = browser.get("/account")
    assert "An organisation offers you access." in home.text
    assert not home.has("[data-missing]")
    page = home.open("See and answer")
    assert attribute(page.find("[data-offer]"), "data-offer") == membership.id
    assert not page.has("[data-office]")


def test_saved_answers_count_and_are_shown(app: Flask) -> None:
    person, browser = member(app)
    page = answer(browser.get(address(app, "identity")), **IDENTITY)
    assert (page.page, page.path) == ("organisation-office", address(app))
    assert attribute(page.find("main"), "data-missing") == str(FOR_A_COUNTRY_OFFICE - 3)
    assert attribute(page.find("[data-section=identity]"), "data-missing") == "0"
    assert answered(app) == {"registered-name": "Harbour Aid Niger", "year-founded": 1998, "registered-here": True}
    assert {row.answered_by for row in rows_of(app, ProfileAnswer)} == {person.account_id}
    again = browser.get(address(app, "identity")).form_values()
    assert {name: again[name] for name in IDENTITY} == IDENTITY


def test_what_changed_is_audited_by_question_and_never_by_answer(app: Flask) -> None:
    person, browser = member(app)
    answer(browser.get(address(app, "identity")), **IDENTITY)
    browser.get(address(app, "identity")).press()
    (event,) = rows_of(app, AuditEvent, kind="profile-answered")
    assert event.account_id == person.account_id
    assert event.payload == {
        "office": office_id(app),
        "questions": ["registered-name", "year-founded", "registered-here"],
    }


def test_an_open_mandatory_answer_may_be_saved_and_stays_missing(app: Flask) -> None:
    _person, browser = member(app)
    page = answer(browser.get(address(app, "identity")), **{**IDENTITY, "answer-year-founded": ""})
    assert attribute(page.find("[data-section=identity]"), "data-missing") == "1"
    assert "year-founded" not in answered(app)


def test_an_answer_can_be_taken_back(app: Flask) -> None:
    _person, browser = member(app)
    answer(browser.get(address(app, "identity")), **IDENTITY)
    answer(browser.get(address(app, "identity")), answer_registered_here="", answer_registered_name=" ")
    assert answered(app) == {"year-founded": 1998}


def test_the_last_answer_ends_the_block(app: Flask) -> None:
    _person, browser = member(app)
    filled: dict[str, dict[str, Any]] = {
        "identity": IDENTITY,
        "reaching-you": {"answer-postal-address": "12 Quay Road\nNiamey", "answer-telephone": "+44 20 7946 0142"},
        "work": {"answer-purpose": "Clean water for everybody.", "answer-fields-of-work": ["water", "health"]},
        "places": {"answer-outside-the-capital": "no", "answer-surroundings": "towns"},
        "people": {"answer-employees": "1 200"},
        "money": {"answer-yearly-budget": "more", "answer-own-bank-account": "yes"},
        "safe-work": {"answer-code-of-conduct": "yes", "answer-complaints": "By telephone, day and night."},
    }
    for section, fields in filled.items():
        page = answer(browser.get(address(app, section)), **fields)
    assert "The profile is complete. This office can apply." in page.text
    assert attribute(page.find("main"), "data-missing") == "0"
    assert not page.has("a[data-first-open]")
    assert answered(app)["fields-of-work"] == ["health", "water"]
    assert answered(app)["employees"] == 1200
    assert "The profile is complete." in browser.get("/organisation").text
    assert not browser.get("/account").has("[data-missing]")


def test_one_missing_answer_is_said_in_the_singular(app: Flask) -> None:
    _person, browser = member(app)
    answer(browser.get(address(app, "identity")), **{**IDENTITY, "answer-year-founded": ""})
    section = browser.get(address(app)).said("[data-section=identity]")
    assert section.endswith("One answer is missing.")


def test_the_questions_are_asked_in_the_reader_s_language(app: Flask) -> None:
    _person, browser = member(app, language="fr")
    page = browser.get(address(app, "identity"))
    assert page.title == "Qui vous êtes"
    assert "Nom officiel" in page.text


@pytest.mark.parametrize("section", ["identity", "reaching-you", "work", "places", "people", "money", "safe-work"])
def test_every_section_is_a_page_with_a_form(app: Flask, section: str) -> None:
    _person, browser = member(app)
    page = browser.get(address(app, section))
    assert page.status == 200
    assert len(page.form().find_all("button")) == 1


def test_a_section_that_is_not_there_is_not_found(app: Flask) -> None:
    _person, browser = member(app)
    browser.get(address(app, "identity"))
    for section in ("nowhere", "x" * 200, "identity%00"):
        assert browser.get(address(app, section)).status == 404
        assert browser.post(address(app, section), {}).status == 404
