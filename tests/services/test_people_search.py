"""The helpdesk's search: whom it finds, in which order, for whom, and what it leaves behind."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import SQLAlchemyError

from tests.support.accounts import add_account
from tests.support.clock import MovableClock
from tests.support.imports import Files, people_in, run
from tests.support.moved import HEADQUARTERS, NIGER, SENEGAL, add_moved, add_office
from tests.support.rows import beside, tables
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, Membership, Office, Outcome, SearchEntry, Session, db, write
from wizard.services import colleagues, memberships, people_search
from wizard.services.people_search import A_PAGE, LAST_PAGE, Found
from wizard.services.staff import Agent, Scope

__all__ = ["people_in"]  # a fixture
EVERYBODY = Agent("agent", "Agent", "agent", Scope())


def add(username: str, **facts: object) -> str:
    account_id = add_account(username, **facts).id
    renew(account_id)
    return account_id


def add_member(email: str, organisation: str, office: str = NIGER, **facts: Any) -> str:
    account_id = add_moved(email, office, organisation=organisation, **facts).account_id
    renew(account_id)
    return account_id


def renew(*account_ids: str) -> None:
    with write():
        people_search.refresh(account_ids)


def ids(question: str, **scope: str) -> list[str]:
    """Whom an agent with this scope finds."""
    db.session.rollback()
    return [row.account_id for row in people_search.find(replace(EVERYBODY, scope=Scope(**scope)), question).rows]


def text_of(account_id: str) -> str | None:
    db.session.rollback()
    return db.session.scalar(select(SearchEntry.text).where(SearchEntry.account_id == account_id))


def note_outcome(code: str, **facts: object) -> None:
    step = {"journey": "sign-in", "step": "enter-code", "result": "refused", "help_code": code}
    with write() as session:
        session.add(Outcome(at=tools().clock.now(), **step, **facts))


def test_a_person_is_found_by_each_thing_that_names_them(each_database: str, app_context: Flask) -> None:
    add("somebody.else", given_name="Jonas", family_name="Weber")
    person = add_member(
        "zoe@harbour.example",
        "Harbour Aid",
        username="z.kante",
        given_name="Zoë",
        family_name="Kanté",
        display_name="Zazie",
    )
    for question in ("z.kante", "Z.KANTE", "zoë", "ZOE", "kanté", "ante", "zaz", "zoe@harbour.example", "harbour aid",
                     "aid kan", "kante zoe", "@harbour"):  # fmt: skip
        assert ids(question) == [person], question
    (row,) = people_search.find(EVERYBODY, "zaz").rows
    assert row == Found(person, "Zazie", "z.kante", "zoe@harbour.example", (("Harbour Aid", NIGER),))


@pytest.mark.parametrize(
    "question", ["", "   ", "%", '"', "'; DROP TABLE accounts; --", "\x00", "\ud800", "x" * 10_000]
)
def test_a_question_that_means_nobody_finds_nobody(each_database: str, app_context: Flask, question: str) -> None:
    add("lea.morel")
    page = people_search.find(EVERYBODY, question)
    assert (page.rows, page.more) == ((), False)


def test_whole_keys_come_first_then_beginnings_then_insides(each_database: str, app_context: Flask) -> None:
    inside = add("x.annika", given_name="Joanna", family_name="B")
    begins = add("y.second", given_name="Annabel", family_name="C")
    exact = add("anna", given_name="Zed", family_name="D")
    assert ids("anna") == [exact, begins, inside]


def test_one_address_of_several_finds_all_of_them(each_database: str, app_context: Flask) -> None:
    both = [add(name, email="team@people.example") for name in ("one", "two")]
    assert sorted(ids("Team@People.Example")) == sorted(both)


def test_pages_follow_each_other_without_a_gap(each_database: str, app_context: Flask) -> None:
    everybody = [add(f"amina.{number:02d}") for number in range(A_PAGE * 2 + 1)]
    pages = [people_search.find(EVERYBODY, "amina", page) for page in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [A_PAGE, A_PAGE, 1, 0]
    assert [page.more for page in pages] == [True, True, False, False]
    assert [row.account_id for page in pages for row in page.rows] == everybody
    assert people_search.find(EVERYBODY, "amina", 0) == pages[0]
    assert people_search.find(EVERYBODY, "amina", LAST_PAGE + 1).rows == ()


def test_who_is_out_of_scope_is_not_found_in_any_way(each_database: str, app_context: Flask) -> None:
    seen = add_member("amina@one.example", "One", username="amina.one")
    hidden = add_member("amina@two.example", "Two", username="amina.two")
    note_outcome("K7-42Q", account_id=hidden)
    one = organisation_of(seen)
    assert [ids(each, organisation_id=one) for each in ("amina", "mina", "keita")] == [[seen]] * 3
    for question in ("amina.two", "amina@two.example", "K7-42Q", "two", "wo.exam"):
        assert ids(question, organisation_id=one) == [], question
    assert ids("amina.two") == [hidden]


def organisation_of(account_id: str) -> str:
    return db.session.scalars(select(Membership.organisation_id).where(Membership.account_id == account_id)).one()


def test_a_country_and_a_language_narrow_too(each_database: str, app_context: Flask) -> None:
    french = add_member("lea@one.example", "One", NIGER, language="fr")
    english = add_member("lea@two.example", "Two", SENEGAL, language="en")
    add("lea.nobodys", language="fr")
    assert ids("lea", country="NE") == ids("lea", country="NE", language="fr") == [french]
    assert ids("lea", country="SN") == ids("lea", language="en") == [english]
    assert ids("lea", country="SN", organisation_id=organisation_of(french)) == ids("lea", country="N") == []


def test_an_organisation_and_a_country_mean_one_office_in_both(each_database: str, app_context: Flask) -> None:
    member = add_member("amina@one.example", "One", NIGER)
    one, elsewhere = organisation_of(member), add_office(SENEGAL, "Two")
    two = elsewhere.organisation_id
    with write():
        memberships.add(member, elsewhere, "reader", tools().clock.now())
        people_search.refresh([member])
    assert (
        ids("amina", organisation_id=one, country="NE") == ids("amina", organisation_id=two, country="SN") == [member]
    )
    assert ids("amina", organisation_id=one, country="SN") == ids("amina", organisation_id=two, country="NE") == []


@pytest.mark.parametrize("scope", [{"organisation_id": "o1"}, {"country": "NE"}, {"language": "fr"}])
def test_the_scope_decides_whatever_the_marks_say(
    each_database: str, app_context: Flask, scope: dict[str, str]
) -> None:
    hidden = add_member("amina@two.example", "Two", SENEGAL, language="en")
    with write() as session:
        session.execute(update(SearchEntry).values(marks=" C:NE L:FR O:O1 "))
    assert text_of(hidden)
    assert ids("amina", **scope) == []


def test_an_offered_membership_brings_nobody_into_a_scope(each_database: str, app_context: Flask) -> None:
    member = add_member("amina@one.example", "One")
    office = add_office(NIGER, "Two")
    with write():
        offered = memberships.add(member, office, "reader", tools().clock.now(), offered=True).id
        people_search.refresh([member])
    assert (ids("amina", organisation_id=office.organisation_id), ids("amina two")) == ([], [member])
    assert people_search.find(EVERYBODY, "amina").rows[0].places == (("One", NIGER),)
    assert colleagues.answer_offer(member, offered, accept=True)
    assert ids("amina", organisation_id=office.organisation_id) == [member]


def test_an_office_that_is_in_another_country_takes_its_people_along(
    each_database: str, app_context: Flask, people_in: Files
) -> None:
    header = "email,given_name,family_name,organisation,organisation_kind,office,office_kind,country,role"
    row = "amina@one.example,Amina,Keita,One,company,Main,headquarters,{},reader"
    imported = {"journey": "migrated-account", "update": True}
    run(people_in(row.format("NE"), header=header), **imported)
    (person,) = ids("amina", country="NE")
    run(people_in(row.format("ML"), "", header=header), **imported)
    assert (ids("amina", country="ML"), ids("amina", country="NE")) == ([person], [])


def test_a_help_code_finds_whose_browser_it_is(each_database: str, app_context: Flask, clock: MovableClock) -> None:
    person, other = add("lea.morel"), add("tom.k742q")
    note_outcome("K7-42Q", account_id=person)
    note_outcome("ZZ-ZZZ", account_id=other)
    assert ids("k7 42q") == [person]
    assert ids("K742Q") == [person, other]
    clock.advance(days=8)
    assert ids("k7-42q") == []


def test_a_help_code_finds_the_account_that_its_session_was_given_later(each_database: str, app_context: Flask) -> None:
    person, now = add("lea.morel"), tools().clock.now()
    with write() as session:
        session.add(Session(id="s1", account_id=person, token_hash=new_id(), created_at=now, last_seen_at=now))
    note_outcome("K7-42Q", session_id="s1")
    note_outcome("K7-42Q")
    assert ids("K7-42Q") == [person]


def test_who_used_a_shared_help_code_last_comes_first(each_database: str, app_context: Flask) -> None:
    first, last = add("first.one"), add("last.one")
    for account_id in (last, first, last):
        note_outcome("K7-42Q", account_id=account_id)
    assert ids("K7-42Q") == [last, first]


def test_what_changed_is_found_from_the_same_commit_on(each_database: str, app_context: Flask) -> None:
    person = add_member("amina@one.example", "Harbour Aid")
    with write() as session:
        account = session.get_one(Account, person)
        account.given_name = "Khadija"
        membership = session.scalars(select(Membership).where(Membership.account_id == person)).one()
        memberships.end(membership.id, "left")
        people_search.refresh([person])
    assert ids("khadija") == [person]
    assert ids("harbour") == ids("khadija harbour") == []
    assert people_search.find(EVERYBODY, "khadija").rows[0].places == ()


def test_a_change_that_was_rolled_back_is_not_found(each_database: str, app_context: Flask) -> None:
    person = add("lea.morel")

    def change_in_vain() -> None:
        with write() as session:
            session.get_one(Account, person).given_name = "Khadija"
            people_search.refresh([person])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_in_vain()
    assert (ids("khadija"), ids("léa")) == ([], [person])


def test_renewing_what_has_not_changed_changes_nothing(each_database: str, app: Flask) -> None:
    person = beside(app, lambda: add("lea.morel"))
    before = tables(app)
    beside(app, lambda: renew(person, person, "nobody"))
    assert tables(app) == before


def test_two_who_change_one_person_at_once_leave_a_text_that_knows_both(each_database: str, app: Flask) -> None:
    person = beside(app, lambda: add("lea.morel"))
    office = beside(app, lambda: add_office(HEADQUARTERS, "Harbour Aid").id)
    has_renewed, may_commit = threading.Event(), threading.Event()

    def rename() -> None:
        with write() as session:
            session.get_one(Account, person).given_name = "Khadija"
            people_search.refresh([person])
            has_renewed.set()
            may_commit.wait(0.5)

    def join() -> None:
        has_renewed.wait(5)
        with write() as session:
            where = session.get_one(Office, office)
            memberships.add(person, where, "reader", tools().clock.now())
            people_search.refresh([person])

    threads = [threading.Thread(target=beside, args=(app, act)) for act in (rename, join)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    stored = beside(app, lambda: text_of(person))
    assert stored is not None
    assert "khadija" in stored
    assert "harbour" in stored


def test_everybody_of_an_older_installation_is_found_after_a_rebuild(each_database: str, app_context: Flask) -> None:
    some = [add_account(f"amina.{number}").id for number in range(3)]
    assert ids("amina") == []
    told: list[int] = []
    with write() as session:
        assert people_search.rebuild(session.connection(), told.append) == 3
    assert sorted(ids("amina")) == sorted(some)
    assert told == [3]
    with write() as session:
        people_search.rebuild(session.connection())
    assert sorted(ids("mina")) == sorted(some)


def test_a_question_leaves_no_trace(each_database: str, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    beside(app, lambda: add("lea.morel"))
    before = tables(app)
    with caplog.at_level(logging.DEBUG):
        beside(app, lambda: people_search.find(EVERYBODY, "secretname K7-42Q"))
    assert tables(app) == before
    assert "secretname" not in caplog.text.casefold()


def test_even_a_failing_question_is_not_repeated(each_database: str, app_context: Flask) -> None:
    with write() as session:
        session.execute(text("ALTER TABLE search_entries RENAME TO gone"))
    with pytest.raises(SQLAlchemyError) as failure:
        people_search.find(EVERYBODY, "secretname")
    db.session.rollback()
    assert "secretname" not in str(failure.value)
