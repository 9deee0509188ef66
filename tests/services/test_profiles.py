"""Where offices stand, and what a portal is told of it (S-04, S-38, S-39)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.support.moved import HEADQUARTERS, NIGER, SENEGAL, MovedPerson, add_moved, add_office
from tests.support.rows import change
from wizard.domain.profile import Question
from wizard.domain.profile_answers import Answer
from wizard.models import Account, Membership, db, write
from wizard.services import memberships, profiles
from wizard.services.profiles import ANSWER, SEE

pytestmark = pytest.mark.usefixtures("app_context")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL statements that run inside."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def some_answer(question: Question) -> Answer:
    """An answer that fits the question."""
    answers: dict[str, Answer] = {
        "number": question.lowest,
        "year": 1998,
        "yes-no": False,
        "text": "x",
        "long-text": "x",
    }
    if question.kind in {"choice", "choices"}:
        first = question.options[0].id
        return [first] if question.kind == "choices" else first
    return answers[question.kind]


def answer(office_id: str, question: str, value: Any) -> None:
    with write():
        profiles.put(office_id, question, value, by=None, row=None)
    db.session.expire_all()


def answer_all(office_id: str) -> None:
    """Everything that this office must answer."""
    standing = profiles.standing(office_id)
    questions = profiles.profile().questions
    with write():
        for _section, name in standing.open:
            profiles.put(office_id, name, some_answer(questions[name]), by=None, row=None)


def only_claim(person: MovedPerson) -> dict[str, Any]:
    (claim,) = profiles.claims(person.account_id)
    return claim


def test_a_new_office_has_everything_open_and_knows_the_first() -> None:
    standing = profiles.standing(add_office(NIGER).id)
    assert not standing.complete
    assert standing.missing == len(standing.open) == 14
    assert standing.first_open == ("identity", "registered-name")
    assert standing.missing_in("identity") == 3


def test_an_answer_that_is_not_needed_changes_no_count() -> None:
    office = add_office(NIGER).id
    answer(office, "short-name", "HA")
    assert profiles.standing(office).missing == 14
    answer(office, "registered-name", "Harbour Aid")
    assert profiles.standing(office).missing == 13
    assert profiles.standing(office).first_open == ("identity", "year-founded")


def test_no_and_zero_are_answers() -> None:
    office = add_office(NIGER).id
    answer(office, "registered-here", False)
    answer(office, "employees", 0)
    assert profiles.standing(office).missing == 12


def test_a_complete_office_has_nothing_open() -> None:
    office = add_office(NIGER).id
    answer_all(office)
    standing = profiles.standing(office)
    assert (standing.complete, standing.missing, standing.first_open) == (True, 0, None)


@pytest.mark.parametrize(
    ("office_kind", "kind", "missing"),
    [
        ("headquarters", "national-ngo", 14),
        ("headquarters", "international-ngo", 15),
        ("headquarters", "company", 15),
        ("country-office", "company", 15),
    ],
)
def test_what_is_missing_depends_on_who_is_asked(office_kind: str, kind: str, missing: int) -> None:
    office = add_office("Somewhere", "Quay House", kind, office_kind).id
    assert profiles.standing(office).missing == missing


@pytest.mark.parametrize(
    ("question", "value"),
    [("surroundings", "moon"), ("fields-of-work", ["gold"]), ("year-founded", "1998"), ("registered-here", "yes")],
)
def test_an_answer_that_fits_no_more_is_missing_again_and_not_shown(question: str, value: Any) -> None:
    office = add_office(NIGER).id
    answer_all(office)
    with write() as session:
        session.get_one(profiles.ProfileAnswer, (office, question)).value = value
    standing = profiles.standing(office)
    assert [name for _section, name in standing.open] == [question]
    section = standing.office.section(standing.open[0][0])
    assert section is not None
    assert question not in profiles.answers(office, section)


def test_an_office_that_is_not_there_has_no_standing() -> None:
    with pytest.raises(LookupError):
        profiles.standing("nothing")
    assert profiles.standings([]) == {}


def test_many_offices_take_one_query() -> None:
    offices = [add_office(f"Office {number}").id for number in range(40)]
    answer(offices[7], "registered-name", "Harbour Aid")
    with statements() as seen:
        found = profiles.standings(offices)
    assert len(seen) == 1
    assert {office: found[office].missing for office in offices} == {
        office: 13 if office == offices[7] else 14 for office in offices
    }


def test_each_office_answers_for_itself() -> None:
    niger, senegal = add_office(NIGER).id, add_office(SENEGAL).id
    answer(niger, "registered-name", "Harbour Aid")
    assert (profiles.standing(niger).missing, profiles.standing(senegal).missing) == (13, 14)


def test_headquarters_reaches_every_office_in_order_and_a_country_office_itself() -> None:
    for name in (SENEGAL, NIGER, HEADQUARTERS):
        add_office(name)
    add_office(NIGER, "Pier Trust")
    above = add_moved("a@harbour.example", HEADQUARTERS, "reader").account_id
    below = add_moved("b@harbour.example", SENEGAL, "editor").account_id
    assert [each.name for each in profiles.offices_of(above, SEE)] == [HEADQUARTERS, NIGER, SENEGAL]
    assert profiles.offices_of(above, ANSWER) == []
    assert [each.name for each in profiles.offices_of(below, ANSWER)] == [SENEGAL]
    assert profiles.office_of(below, add_office(NIGER).id, SEE) is None


def test_the_claim_of_a_country_office_s_editor() -> None:
    person = add_moved("e@harbour.example", NIGER, "editor")
    assert only_claim(person) == {
        "organisation": {"id": person.organisation_id, "name": "Harbour Aid"},
        "office": {"id": person.office_id, "name": NIGER, "kind": "country-office", "country": "NE"},
        "role": "editor",
        "scope": "office",
        "profile_complete": False,
        "may_apply": False,
        "missing": 14,
    }
    answer_all(person.office_id)
    claim = only_claim(person)
    assert (claim["profile_complete"], claim["may_apply"], claim["missing"]) == (True, True, 0)


def test_the_claim_of_headquarters_reaches_the_organisation() -> None:
    assert only_claim(add_moved("h@harbour.example", HEADQUARTERS, "administrator"))["scope"] == "organisation"


def test_a_reader_of_a_complete_office_may_not_apply() -> None:
    person = add_moved("r@harbour.example", NIGER, "reader")
    answer_all(person.office_id)
    claim = only_claim(person)
    assert (claim["profile_complete"], claim["may_apply"]) == (True, False)


def test_several_memberships_are_several_claims() -> None:
    person = add_moved("m@harbour.example", NIGER, "editor")
    other = add_office(SENEGAL, "Pier Trust")
    with write():
        account = db.session.get_one(Account, person.account_id)
        memberships.add(account.id, other, "reader", account.created_at)
    told = [(claim["organisation"]["name"], claim["role"]) for claim in profiles.claims(person.account_id)]
    assert told == [("Harbour Aid", "editor"), ("Pier Trust", "reader")]


def test_nobody_is_told_of_what_ended_or_was_only_offered(app: Flask) -> None:
    person = add_moved("g@harbour.example", NIGER, "editor")
    change(app, Membership, person.membership_id, accepted_at=None)
    db.session.rollback()
    assert profiles.claims(person.account_id) == []
    assert profiles.claims("nobody") == []


def test_every_office_is_told_with_its_living_members() -> None:
    add_moved("a@harbour.example", NIGER)
    add_moved("b@harbour.example", NIGER)
    add_office(SENEGAL)
    told = [(standing.office.name, members) for standing, members in profiles.everywhere()]
    assert told == [(NIGER, 2), (SENEGAL, 0)]


def test_an_installation_s_own_file_decides_what_is_missing(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        '[[section]]\nid = "one"\ntitle = { en = "One" }\n'
        '[[section.question]]\nid = "q"\ntype = "yes-no"\nmandatory = true\nlabel = { en = "Really?" }\n',
        encoding="utf-8",
    )
    tools = app.extensions["perron"]
    monkeypatch.setattr(tools, "settings", type(tools.settings)(**{**vars(tools.settings), "profile_file": str(path)}))
    assert profiles.standing(add_office(NIGER).id).first_open == ("one", "q")
