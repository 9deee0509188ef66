"""Two people answer at once: the last one saves over the other only after having seen it, and nothing typed is lost."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.organisations.test_profile_pages import IDENTITY, address, answered, member, office_id
from tests.support.moved import HEADQUARTERS, add_moved
from tests.support.page_client import PageClient
from tests.support.races import at_once
from tests.support.rows import beside, rows_of
from wizard.domain import profile_answers
from wizard.models import ProfileAnswer, write
from wizard.services import profiles

NAME = "answer-registered-name"


def two(app: Flask) -> tuple[PageClient, PageClient]:
    """An editor of the office and one of the headquarters."""
    _one, first = member(app, "editor", given_name="Edda", family_name="Stern")
    _other, second = member(app, "editor", HEADQUARTERS, given_name="Hugo", family_name="Brandt")
    return first, second


def test_what_somebody_else_changed_is_shown_beside_what_was_typed(app: Flask) -> None:
    first, second = two(app)
    mine, theirs = first.get(address(app, "identity")), second.get(address(app, "identity"))
    theirs.press(**{NAME: "Harbour <b>Aid</b>"})
    page = mine.press(**{NAME: "Harbour Aid Niger"})
    assert (page.status, page.refused) == (422, "changed-elsewhere")
    assert "Hugo Brandt changed this answer while you were writing." in page.errors[NAME]
    assert "Harbour <b>Aid</b>" in page.said("[data-now]")
    assert page.form_values()[NAME] == "Harbour Aid Niger"
    assert answered(app) == {"registered-name": "Harbour <b>Aid</b>"}


def test_saving_again_puts_the_last_one_in_its_place(app: Flask) -> None:
    first, second = two(app)
    mine, theirs = first.get(address(app, "identity")), second.get(address(app, "identity"))
    theirs.press(**{NAME: "Theirs"})
    page = mine.press(**{NAME: "Mine"}).press()
    assert page.page == "organisation-office"
    assert answered(app) == {"registered-name": "Mine"}


def test_a_third_change_is_told_again(app: Flask) -> None:
    first, second = two(app)
    mine, theirs = first.get(address(app, "identity")), second.get(address(app, "identity"))
    theirs.press(**{NAME: "Theirs"})
    page = mine.press(**{NAME: "Mine"})
    second.get(address(app, "identity")).press(**{NAME: "Theirs again"})
    page = page.press()
    assert page.refused == "changed-elsewhere"
    assert "Theirs again" in page.said("[data-now]")
    assert answered(app) == {"registered-name": "Theirs again"}


def test_different_answers_do_not_stand_in_each_other_s_way(app: Flask) -> None:
    first, second = two(app)
    mine, theirs = first.get(address(app, "identity")), second.get(address(app, "identity"))
    theirs.press(**{NAME: "Theirs"})
    assert mine.press(**{"answer-year-founded": "1998"}).page == "organisation-office"
    assert answered(app) == {"registered-name": "Theirs", "year-founded": 1998}


def test_what_was_not_touched_is_shown_as_it_is_now(app: Flask) -> None:
    first, second = two(app)
    mine, theirs = first.get(address(app, "identity")), second.get(address(app, "identity"))
    theirs.press(**{NAME: "Theirs", "answer-short-name": "HA"})
    page = mine.press(**{NAME: "Mine", "answer-year-founded": "1998"})
    assert page.form_values()["answer-short-name"] == "HA"
    assert page.form_values()["answer-year-founded"] == "1998"
    page.press()
    assert answered(app) == {"registered-name": "Mine", "short-name": "HA", "year-founded": 1998}


def test_the_same_answer_twice_is_no_conflict_and_stays_the_first_one_s(app: Flask) -> None:
    _mine, first = member(app, "editor")
    other, second = member(app, "editor", HEADQUARTERS)
    mine, theirs = first.get(address(app, "identity")), second.get(address(app, "identity"))
    theirs.press(**IDENTITY)
    assert mine.press(**IDENTITY).page == "organisation-office"
    assert {row.answered_by for row in rows_of(app, ProfileAnswer)} == {other.account_id}


def test_an_answer_taken_back_meanwhile_is_told(app: Flask) -> None:
    first, second = two(app)
    first.get(address(app, "identity")).press(**IDENTITY)
    mine, theirs = first.get(address(app, "identity")), second.get(address(app, "identity"))
    theirs.press(**{NAME: ""})
    page = mine.press(**{NAME: "Mine"})
    assert page.refused == "changed-elsewhere"
    assert "No answer" in page.said("[data-now]")


def test_a_mistake_does_not_forget_what_the_page_had_shown(app: Flask) -> None:
    first, second = two(app)
    mine, theirs = first.get(address(app, "identity")), second.get(address(app, "identity"))
    theirs.press(**{NAME: "Theirs"})
    page = mine.press(**{NAME: "Mine", "answer-year-founded": "soon"})
    assert page.refused == "answers-refused"
    page = page.press(**{"answer-year-founded": "1998"})
    assert page.refused == "changed-elsewhere"
    assert answered(app) == {"registered-name": "Theirs"}


@pytest.mark.usefixtures("each_database")
def test_of_many_who_save_at_once_one_wins_and_the_others_are_told(app: Flask) -> None:
    office = office_id(app)
    person = beside(app, lambda: add_moved("e@harbour.example", role="editor"))
    empty = profile_answers.print_of(None)

    def save(number: int) -> str:
        def act() -> str:
            section = profiles.profile().section("identity", "country-office", "international-ngo")
            assert section is not None
            given, shown = {"registered-name": f"Name {number}"}, {"registered-name": empty}
            try:
                with write():
                    profiles.save(office, person.account_id, section, given, shown)
            except profiles.AnsweredMeanwhile as meanwhile:
                return f"told of {meanwhile.clashes[0].value}"
            return f"Name {number}"

        return beside(app, act)

    results = at_once([lambda number=number: save(number) for number in range(20)])
    (kept,) = answered(app).values()
    assert results.count(kept) == 1
    assert results.count(f"told of {kept}") == 19
