"""Who belongs where and reaches what: a matrix of roles and offices, read live (SEC-55, SEC-57)."""

from __future__ import annotations

import itertools

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.support.clock import MovableClock
from tests.support.moved import HEADQUARTERS, NIGER, SENEGAL, add_moved, add_office
from wizard.domain.organisation_rights import RIGHTS, ROLES, Right
from wizard.models import Membership, Office, db, write
from wizard.services import memberships

OURS = (HEADQUARTERS, NIGER, SENEGAL)


@pytest.fixture(autouse=True)
def offices(app_context: Flask) -> dict[str, str]:
    """Ids by name: three offices of Harbour Aid, and one of Northern Light that is called like one of them."""
    found = {name: add_office(name).id for name in OURS}
    return found | {"theirs": add_office(NIGER, "Northern Light").id}


def reached(account_id: str, right: Right) -> set[str]:
    within = memberships.offices_within_reach(account_id, right)
    return set(db.session.scalars(select(Office.id).where(Office.id.in_(within))))


@pytest.mark.parametrize(("office", "role", "right"), list(itertools.product(OURS, ROLES, RIGHTS)))
def test_each_role_at_each_office_reaches_what_it_may(
    offices: dict[str, str], office: str, role: str, right: Right
) -> None:
    """S-38, S-39: a country office sees itself, the headquarters see all; nobody sees another organisation."""
    person = add_moved("amina@harbour.example", office=office, role=role)
    expected = set() if role not in RIGHTS[right] else set(OURS) if office == HEADQUARTERS else {office}
    assert reached(person.account_id, right) == {offices[name] for name in expected}
    for name, office_id in offices.items():
        place = memberships.place_at(person.account_id, office_id, right)
        assert (place is not None) is (name in expected)
        assert place is None or (place.office, place.role, place.membership_id) == (office, role, person.membership_id)


def test_two_memberships_are_two_reaches(offices: dict[str, str], clock: MovableClock) -> None:
    person = add_moved("amina@harbour.example", office=SENEGAL, role="reader")
    with write() as session:
        memberships.add(person.account_id, session.get_one(Office, offices["theirs"]), "administrator", clock.now())
    assert reached(person.account_id, "see-profile") == {offices[SENEGAL], offices["theirs"]}
    assert reached(person.account_id, "invite-people") == {offices["theirs"]}
    assert [(place.organisation, place.office) for place in memberships.places_of(person.account_id)] == [
        ("Harbour Aid", SENEGAL), ("Northern Light", NIGER),
    ]  # fmt: skip


def test_what_has_ended_reaches_nothing_any_more(offices: dict[str, str]) -> None:
    """Vaultwarden CVE-2026-95814: a revoked member kept access."""
    person = add_moved("amina@harbour.example", office=HEADQUARTERS, role="administrator")
    assert reached(person.account_id, "see-people")
    with write():
        assert memberships.end(person.membership_id, "removed") is True
    assert reached(person.account_id, "see-people") == set()
    assert memberships.places_of(person.account_id) == []
    assert memberships.place_at(person.account_id, offices[NIGER], "see-profile") is None
    with write():
        assert memberships.end(person.membership_id, "removed") is False
    assert db.session.get_one(Membership, person.membership_id).ended_reason == "removed"


def test_what_is_only_offered_reaches_nothing_yet(offices: dict[str, str], clock: MovableClock) -> None:
    """Vaultwarden CVE-2026-95814: an unconfirmed member had access."""
    person = add_moved("amina@harbour.example")
    with write() as session:
        theirs = session.get_one(Office, offices["theirs"])
        memberships.add(person.account_id, theirs, "administrator", clock.now(), offered=True)
    assert reached(person.account_id, "see-profile") == {offices[NIGER]}
    assert [place.organisation for place in memberships.places_of(person.account_id)] == ["Harbour Aid"]
    assert [place.organisation for place in memberships.places_of(person.account_id, offered=True)] == [
        "Northern Light"
    ]


def test_one_living_membership_of_an_account_and_an_organisation(offices: dict[str, str], clock: MovableClock) -> None:
    person = add_moved("amina@harbour.example")

    def join() -> None:
        with write() as session:
            memberships.add(person.account_id, session.get_one(Office, offices[SENEGAL]), "reader", clock.now())

    with pytest.raises(IntegrityError):
        join()
    db.session.rollback()
    with write():
        memberships.end(person.membership_id, "moved")
    join()
    assert [place.office for place in memberships.places_of(person.account_id)] == [SENEGAL]


def test_nobody_reaches_nothing(offices: dict[str, str]) -> None:
    assert reached("", "see-profile") == reached("x' or '1'='1", "see-profile") == set()
    assert memberships.place_at("", offices[NIGER], "see-profile") is None


def test_reach_is_said_in_words_by_the_office(offices: dict[str, str]) -> None:
    head = add_moved("head@harbour.example", office=HEADQUARTERS)
    assert [place.all_offices for place in memberships.places_of(head.account_id)] == [True]
    there = add_moved("amina@harbour.example")
    assert [place.all_offices for place in memberships.places_of(there.account_id)] == [False]


def test_whether_there_are_organisations_at_all() -> None:
    assert memberships.organisations_exist()


def test_without_any_there_are_none() -> None:
    with write() as session:
        for office in session.scalars(select(Office)):
            session.delete(office)
    db.session.execute(db.text("DELETE FROM organisations"))
    db.session.commit()
    assert not memberships.organisations_exist()
