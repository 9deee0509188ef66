"""What can be typed, pasted and posted into a profile: nothing typed is lost, nothing bad is kept, nothing is obeyed (SEC-04, SEC-46)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask

from tests.organisations.test_profile_pages import IDENTITY, address, answered, member
from tests.support.page import Page
from tests.support.page_client import PageClient

HOSTILE = "<script>alert(1)</script> ${7*7} \"'& ' OR 1=1; --"


def shown_in(page: Page) -> dict[str, str]:
    return {name: value for name, value in page.form_values().items() if name.startswith("shown-")}


def typed(browser: PageClient, app: Flask, section: str, **fields: Any) -> Page:
    return browser.get(address(app, section)).press(**{name.replace("_", "-"): value for name, value in fields.items()})


@pytest.mark.parametrize(
    ("section", "field", "bad", "said"),
    [
        ("identity", "answer-registered-name", "x" * 10_000, "Use 150 characters or fewer. This has 10000."),
        ("identity", "answer-short-name", "x" * 31, "Use 30 characters or fewer. This has 31."),
        ("identity", "answer-year-founded", "98", "Enter a year from 1800 to 2026."),
        ("identity", "answer-year-founded", "2027", "Enter a year from 1800 to 2026."),
        ("identity", "answer-year-founded", "about 1998", "Enter the year with four digits, for example 1998."),
        ("work", "answer-people-reached", "-5", "Enter a whole number in digits, for example 1200."),
        ("work", "answer-people-reached", "1e9", "Enter a whole number in digits, for example 1200."),
        ("work", "answer-people-reached", "10-20", "Enter a whole number in digits, for example 1200."),
        ("work", "answer-people-reached", "9" * 10_000, "Enter a whole number in digits, for example 1200."),
        ("work", "answer-people-reached", "1000000001", "Enter 1000000000 or less."),
        ("work", "answer-purpose", "y" * 10_000, "Use 1000 characters or fewer. This has 10000."),
        ("reaching-you", "answer-website", "harbour.example", "Start the address with https://"),
        ("reaching-you", "answer-website", "http://harbour.example", "Start the address with https://"),
        ("reaching-you", "answer-website", "javascript:alert(1)", "Start the address with https://"),
        ("reaching-you", "answer-website", "https://a@harbour.example", "Copy the whole address"),
        ("reaching-you", "answer-website", "https://localhost/", "Copy the whole address"),
    ],
)
def test_a_bad_answer_says_what_to_do_and_what_was_typed_stays(
    app: Flask, section: str, field: str, bad: str, said: str
) -> None:
    _person, browser = member(app)
    page = browser.get(address(app, section)).press(**{field: bad})
    assert (page.status, page.refused) == (422, "answers-refused")
    assert said in page.errors[field]
    assert said in page.said(f"[data-error-summary] a[href='#{field}']")
    assert page.form_values()[field] == bad
    assert answered(app) == {}


def test_one_bad_answer_keeps_the_others_typed_and_saves_none(app: Flask) -> None:
    _person, browser = member(app)
    page = browser.get(address(app, "identity")).press(**{**IDENTITY, "answer-year-founded": "soon"})
    kept = page.form_values()
    assert kept["answer-registered-name"] == IDENTITY["answer-registered-name"]
    assert kept["answer-registered-here"] == "yes"
    assert list(page.errors) == ["answer-year-founded"]
    assert answered(app) == {}
    page.press(**{"answer-year-founded": "1998"})
    assert answered(app) == {"registered-name": "Harbour Aid Niger", "year-founded": 1998, "registered-here": True}


def test_hostile_text_is_kept_as_text(app: Flask) -> None:
    _person, browser = member(app)
    typed(browser, app, "work", answer_purpose=HOSTILE)
    assert answered(app) == {"purpose": HOSTILE}
    form = browser.get(address(app, "work"))
    assert form.form_values()["answer-purpose"] == HOSTILE
    _reader, reading = member(app, "reader")
    page = reading.get(address(app, "work"))
    assert HOSTILE in page.text
    assert not page.has("main script")
    assert "49" not in page.text


@pytest.mark.parametrize("formula", ["=1+1", "@SUM(A1)", "+33 1", "-2+3", "=cmd|' /C calc'!A0"])
def test_formulas_stay_text(app: Flask, formula: str) -> None:
    _person, browser = member(app)
    typed(browser, app, "identity", answer_registered_name=formula)
    assert answered(app) == {"registered-name": formula}


def test_what_cannot_be_seen_is_not_kept(app: Flask) -> None:
    _person, browser = member(app)
    typed(browser, app, "identity", answer_registered_name="Har\u202ebour\x00 \u200bAid\x07")
    assert answered(app) == {"registered-name": "Harbour Aid"}


def test_lines_of_a_long_text_stay_lines(app: Flask) -> None:
    _person, browser = member(app)
    typed(browser, app, "reaching-you", answer_postal_address="12 Quay Road\r\nNiamey\r\n")
    assert answered(app) == {"postal-address": "12 Quay Road\nNiamey"}


@pytest.mark.parametrize(
    ("number", "kept"), [("1 200", 1200), ("١٢٠٠", 1200), ("0", 0), ("1\u202f000\u202f000", 1_000_000)]
)
def test_a_number_may_have_blanks_and_digits_of_any_script(app: Flask, number: str, kept: int) -> None:
    _person, browser = member(app)
    typed(browser, app, "work", answer_people_reached=number)
    assert answered(app) == {"people-reached": kept}


def test_several_choices_are_kept_in_one_order_and_can_all_be_taken_back(app: Flask) -> None:
    _person, browser = member(app)
    typed(browser, app, "work", answer_fields_of_work=["other", "health"])
    assert answered(app) == {"fields-of-work": ["health", "other"]}
    page = browser.get(address(app, "work"))
    values = page.form_values() | {"answer-fields-of-work": []}
    browser.submit(page, page.url, values, follow=True)
    assert answered(app) == {}


@pytest.mark.parametrize(
    "posted",
    [
        {"answer-registered-here": "perhaps"},
        {"answer-registered-here": ["yes", "no"]},
        {"answer-registered-name": ["one", "two"]},
        {"shown-registered-name": ["one", "two"]},
    ],
)
def test_what_no_page_sends_is_refused_whole(app: Flask, posted: dict[str, Any]) -> None:
    _person, browser = member(app)
    page = browser.get(address(app, "identity"))
    assert browser.post(page.path, {**page.form_values(), **IDENTITY, **posted}).status == 400
    assert answered(app) == {}


@pytest.mark.parametrize("options", [["gold"], ["water", "water"], ["water", "gold"]])
def test_options_that_were_not_offered_are_refused(app: Flask, options: list[str]) -> None:
    _person, browser = member(app)
    page = browser.get(address(app, "work"))
    assert browser.post(page.path, {**page.form_values(), "answer-fields-of-work": options}).status == 400
    assert answered(app) == {}


def test_a_file_in_place_of_a_text_is_refused(app: Flask) -> None:
    _person, browser = member(app)
    page = browser.get(address(app, "identity"))
    values = page.form_values() | {"answer-registered-name": (io.BytesIO(b"x"), "x.txt")}
    assert browser.post(page.path, values, content_type="multipart/form-data").status == 400
    assert answered(app) == {}


def test_questions_of_other_offices_and_unknown_ones_are_passed_over(app: Flask) -> None:
    _person, browser = member(app)
    page = browser.get(address(app, "identity"))
    strange = {
        "answer-trade-register-number": "42",
        "shown-trade-register-number": "",
        "answer-nowhere": "x",
        "shown-nowhere": "",
    }
    browser.post(page.path, {**page.form_values(), **IDENTITY, **strange})
    assert set(answered(app)) == {"registered-name", "year-founded", "registered-here"}


def test_a_question_that_the_page_did_not_have_is_left_alone(app: Flask) -> None:
    _person, browser = member(app)
    typed(browser, app, "identity", **{name.replace("-", "_"): value for name, value in IDENTITY.items()})
    page = browser.get(address(app, "identity"))
    values = {name: value for name, value in page.form_values().items() if not name.endswith("-registered-name")}
    assert browser.post(page.path, values).status == 303
    assert answered(app)["registered-name"] == "Harbour Aid Niger"


def test_a_text_field_that_is_missing_from_the_form_is_refused(app: Flask) -> None:
    _person, browser = member(app)
    typed(browser, app, "identity", answer_registered_name="Harbour Aid")
    page = browser.get(address(app, "identity"))
    assert browser.post(page.path, shown_in(page)).status == 400
    assert answered(app) == {"registered-name": "Harbour Aid"}


def test_a_body_that_is_no_form_is_refused(app: Flask) -> None:
    _person, browser = member(app)
    page = browser.get(address(app, "identity"))
    headers = {"X-CSRFToken": browser.csrf_token()}
    assert browser.raw.post(page.path, json=IDENTITY, headers=headers).status_code == 400
    assert answered(app) == {}


def test_more_than_a_form_carries_is_too_large(app: Flask) -> None:
    _person, browser = member(app)
    page = browser.get(address(app, "work"))
    assert page.press(**{"answer-purpose": "z" * 70_000}).status == 413
    assert answered(app) == {}


def test_the_longest_answers_of_every_script_fit_into_a_form(app: Flask) -> None:
    _person, browser = member(app)
    typed(browser, app, "work", answer_purpose="水" * 1000)
    assert answered(app) == {"purpose": "水" * 1000}
