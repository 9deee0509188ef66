"""Who reads and who answers the profile of which office; what is out of reach is not found (S-38, S-39, SEC-55)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.organisations.test_profile_pages import IDENTITY, address, answered, member, office_id
from tests.support.moved import HEADQUARTERS, NIGER, SENEGAL
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import sign_in
from tests.support.rows import change
from wizard.models import Account, Membership

SHOWN = {f"shown-{name.removeprefix('answer-')}": "" for name in IDENTITY}


@pytest.mark.parametrize("role", ["reader", "editor", "administrator"])
def test_who_may_answer_sees_a_form_and_who_may_only_read_sees_answers(app: Flask, role: str) -> None:
    _person, browser = member(app, role)
    page = browser.get(address(app, "identity"))
    assert page.status == 200
    assert page.has("main form") == (role != "reader")
    assert page.has("#answer-registered-name")


def test_a_reader_reads_the_answers(app: Flask) -> None:
    _editor, writing = member(app, "editor")
    writing.get(address(app, "identity")).press(**IDENTITY)
    _person, browser = member(app, "reader")
    page = browser.get(address(app, "identity"))
    assert "Harbour Aid Niger" in page.text
    assert "1998" in page.text
    work = browser.get(address(app, "work"))
    assert "No answer yet. It is missing before you can apply." in work.text


def test_a_reader_is_told_who_can_answer_and_no_address(app: Flask) -> None:
    member(app, "editor", email="e@harbour.example", given_name="Edda", family_name="Stern")
    member(app, "administrator", email="n@harbour.example", given_name="", family_name="")
    member(app, "editor", HEADQUARTERS, email="h@harbour.example", given_name="Hugo", family_name="Brandt")
    member(app, "editor", SENEGAL, email="s@harbour.example", given_name="Sena", family_name="Diouf")
    member(app, "reader", email="q@harbour.example", given_name="Quentin", family_name="Roy")
    _person, browser = member(app, "reader")
    for page in (browser.get(address(app)), browser.get(address(app, "identity"))):
        said = page.said("[data-who-answers]")
        assert "Edda Stern" in said
        assert "Hugo Brandt" in said
        assert "A colleague who has not given a name yet" in said
        assert "Sena Diouf" not in said
        assert "Quentin Roy" not in said
        assert "@harbour.example" not in page.text


def test_a_user_name_that_is_an_address_is_not_shown_as_a_name(app: Flask) -> None:
    member(app, "editor", email="e@harbour.example", given_name="", family_name="", username="e@harbour.example")
    _person, browser = member(app, "reader")
    assert "harbour.example" not in browser.get(address(app)).said("[data-who-answers]")


def test_without_anybody_who_answers_the_reader_is_told_to_call(app: Flask) -> None:
    _person, browser = member(app, "reader")
    assert "Nobody of your organisation can answer yet." in browser.get(address(app)).said("[data-who-answers]")


def test_somebody_whose_account_is_closed_is_not_named(app: Flask) -> None:
    editor, _writing = member(app, "editor", given_name="Edda", family_name="Stern")
    _person, browser = member(app, "reader")
    change(app, Account, editor.account_id, disabled_at=app.extensions["perron"].clock.now())
    assert "Edda" not in browser.get(address(app)).said("[data-who-answers]")


def test_a_reader_s_post_is_not_found_and_changes_nothing(app: Flask) -> None:
    _person, browser = member(app, "reader")
    browser.get(address(app, "identity"))
    assert browser.post(address(app, "identity"), {**IDENTITY, **SHOWN}).status == 404
    assert answered(app) == {}


def test_a_country_office_reaches_itself_only(app: Flask) -> None:
    for office in (SENEGAL, HEADQUARTERS):
        office_id(app, office)
    _person, browser = member(app, "administrator", NIGER)
    shown = browser.get("/organisation")
    assert [attribute(row, "data-office") for row in shown.soup.select("[data-office]")] == [office_id(app, NIGER)]
    for office in (SENEGAL, HEADQUARTERS):
        assert browser.get(address(app, office=office)).status == 404
        assert browser.get(address(app, "identity", office)).status == 404
        assert browser.post(address(app, "identity", office), {**IDENTITY, **SHOWN}).status == 404
    assert answered(app) == {}


def test_headquarters_reaches_all_offices_and_comes_first(app: Flask) -> None:
    for office in (SENEGAL, NIGER):
        office_id(app, office)
    _person, browser = member(app, "editor", HEADQUARTERS)
    page = browser.get("/organisation")
    shown = [attribute(row, "data-office") for row in page.soup.select("[data-office]")]
    assert shown == [office_id(app, name) for name in (HEADQUARTERS, NIGER, SENEGAL)]
    assert "You see headquarters and all country offices." in page.text
    browser.get(address(app, "identity", SENEGAL)).press(**IDENTITY)
    assert answered(app)["registered-name"] == "Harbour Aid Niger"


@pytest.mark.parametrize("role", ["reader", "administrator"])
def test_another_organisation_s_offices_are_not_there(app: Flask, role: str) -> None:
    _person, browser = member(app, role, HEADQUARTERS)
    browser.get("/organisation")
    for foreign in (
        address(app, organisation="Pier Trust"),
        "/organisation/offices/nothing",
        f"/organisation/offices/{'x' * 200}",
    ):
        assert browser.get(foreign).status == 404
        assert browser.get(f"{foreign}/identity").status == 404
        assert browser.post(f"{foreign}/identity", {**IDENTITY, **SHOWN}).status == 404
    assert answered(app) == {}


def test_a_membership_that_ended_a_moment_ago_reaches_nothing(app: Flask) -> None:
    person, browser = member(app, "editor")
    page = browser.get(address(app, "identity"))
    membership = person.person.membership_id  # type: ignore[attr-defined]
    change(app, Membership, membership, ended_at=app.extensions["perron"].clock.now(), ended_reason="left")
    assert page.press(**IDENTITY).status == 404
    assert browser.get(address(app)).status == 404
    assert "belongs to no organisation" in browser.get("/organisation").text
    assert answered(app) == {}


def test_an_offered_membership_reaches_nothing_yet(app: Flask) -> None:
    person, browser = member(app, "editor")
    membership = person.person.membership_id  # type: ignore[attr-defined]
    change(app, Membership, membership, accepted_at=None)
    assert browser.get(address(app, "identity")).status == 404


def test_a_role_taken_away_while_writing_saves_nothing(app: Flask) -> None:
    person, browser = member(app, "editor")
    page = browser.get(address(app, "identity"))
    membership = person.person.membership_id  # type: ignore[attr-defined]
    change(app, Membership, membership, role="reader")
    assert page.press(**IDENTITY).status == 404
    assert answered(app) == {}


def test_nobody_reads_without_being_signed_in_and_comes_back_after_it(app: Flask) -> None:
    person, _browser = member(app, "editor")
    stranger = PageClient(app)
    for path in ("/organisation", address(app), address(app, "identity")):
        assert stranger.get(path).location == "/sign-in"
    stranger.get("/sign-in", follow=True)
    assert stranger.post(address(app, "identity"), {**IDENTITY, **SHOWN}).location == "/sign-in"
    assert answered(app) == {}
    assert sign_in(stranger, person).path == address(app, "identity")


def test_only_administrators_are_led_to_the_people(app: Flask) -> None:
    for role in ("reader", "editor", "administrator"):
        _person, browser = member(app, role)
        assert browser.get("/organisation").has("a[href='/organisation/people']") == (role == "administrator")


def test_a_post_of_another_site_saves_nothing(app: Flask) -> None:
    _person, browser = member(app)
    browser.get(address(app, "identity"))
    assert browser.post(address(app, "identity"), {**IDENTITY, **SHOWN}, csrf=False).status == 403
    assert answered(app) == {}
