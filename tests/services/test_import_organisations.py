"""Importing moved people: their organisations and offices are made or matched, compared, and never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.clock import MovableClock
from tests.support.imports import Files, everything, people_in, report_of, run
from wizard.domain.secrets_made import new_id
from wizard.models import Account, AuditEvent, Membership, Office, Organisation, db, write
from wizard.services import imports, memberships
from wizard.services.import_rows import DOUBTS
from wizard.services.import_transactions import BATCH
from wizard.services.imports import Order, Summary

__all__ = ["people_in"]  # a fixture
pytestmark = pytest.mark.usefixtures("app_context")

HEADER = "email,organisation,organisation_kind,office,office_kind,country,role"
AMINA = "amina@tamaris.example,Tamaris Relief,international-ngo,Niamey,country-office,NE,reader"
BEN = "ben@tamaris.example,Tamaris Relief,,Niamey,,,administrator"
TABLES: tuple[type[Any], ...] = (Account, Organisation, Office, Membership, AuditEvent)
JOURNEY = "migrated-account"


def bring(file: Path, **options: Any) -> Summary:
    return run(file, journey=JOURNEY, **options)


def places() -> dict[str, list[str]]:
    """Where everybody belongs, by address."""
    db.session.rollback()
    return {
        account.email: [
            f"{place.organisation} ({place.organisation_kind}), {place.office} ({place.office_kind}, {place.country}): {place.role}"
            for place in memberships.places_of(account.id)
        ]
        for account in db.session.scalars(select(Account).order_by(Account.email_key))
    }


def reasons(summary: Summary) -> list[tuple[int, str, str, str]]:
    return [(each.line, each.result, each.column, each.reason) for each in summary.listed]


def test_people_come_with_organisation_office_and_role(people_in: Files, clock: MovableClock) -> None:
    summary = bring(people_in(AMINA, BEN, header=HEADER))
    assert (summary.counts["added"], summary.organisations, summary.offices) == (2, 1, 1)
    assert places() == {
        "amina@tamaris.example": ["Tamaris Relief (international-ngo), Niamey (country-office, NE): reader"],
        "ben@tamaris.example": ["Tamaris Relief (international-ngo), Niamey (country-office, NE): administrator"],
    }
    amina, ben = db.session.scalars(select(Account).order_by(Account.email_key))
    assert (amina.username, amina.journey, amina.match_key) == (None, JOURNEY, "amina@tamaris.example")
    told = {(event.kind, event.account_id) for event in db.session.scalars(select(AuditEvent))}
    assert told == {
        ("organisation-added", None), ("office-added", None),
        ("account-added", amina.id), ("membership-added", amina.id),
        ("account-added", ben.id), ("membership-added", ben.id),
    }  # fmt: skip


def test_a_user_name_is_taken_where_there_is_one(people_in: Files) -> None:
    bring(people_in(f"Amina,{AMINA}", f",{BEN}", header=f"username,{HEADER}"))
    assert list(db.session.scalars(select(Account.username_key).order_by(Account.email_key))) == ["amina", None]


@pytest.mark.parametrize(
    "named", ["tamaris relief", "TAMARIS  RELIEF", "Tamaris\u00a0Relief", "Ｔamaris Relief", "Tamaris Reliеf"]
)
def test_names_are_matched_folded_and_by_nothing_more(people_in: Files, named: str) -> None:
    bring(people_in(AMINA, header=HEADER))
    summary = bring(people_in(BEN.replace("Tamaris Relief", named), header=HEADER))
    is_other_letter = "е" in named  # the last one has a Cyrillic e
    assert summary.counts["refused" if is_other_letter else "added"] == 1
    assert list(db.session.scalars(select(Organisation.name))) == ["Tamaris Relief"]


def test_punctuation_makes_another_organisation(people_in: Files) -> None:
    bring(people_in(AMINA, AMINA.replace("amina@", "cleo@").replace("Tamaris Relief", "Tamaris-Relief"), header=HEADER))
    assert sorted(db.session.scalars(select(Organisation.name))) == ["Tamaris Relief", "Tamaris-Relief"]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("a@t.example,,,Niamey,,,reader", "organisation", "needed"),
        ("a@t.example,Tamaris Relief,,,,,reader", "office", "needed"),
        ("a@t.example,Tamaris Relief,,Niamey,,,", "role", "reader, editor, administrator"),
        ("a@t.example,Tamaris Relief,,Niamey,,,owner", "role", "reader, editor, administrator"),
        ("a@t.example,Tamaris Relief,ngo,Niamey,,,reader", "organisation_kind", "national-ngo, international-ngo, company"),
        ("a@t.example,Tamaris Relief,,Niamey,branch,,reader", "office_kind", "headquarters, country-office"),
        ("a@t.example,Tamaris Relief,,Niamey,,Niger,reader", "country", "two letters"),
        ("a@t.example,Tamaris Relief,,Niamey,,EU,reader", "country", "two letters"),
        ("a@t.example,www.evil.example,company,Niamey,headquarters,,reader", "organisation", "web address"),
        ("a@t.example,Tama\u202eris,company,Niamey,headquarters,,reader", "organisation", "direction of text"),
        (f"a@t.example,{'T' * 101},company,Niamey,headquarters,,reader", "organisation", "too long"),
        ("a@t.example,Unheard Of,,Niamey,headquarters,,reader", "organisation_kind", "“Unheard Of” is not known here."),
        ("a@t.example,Tamaris Relief,,Niamei,,,reader", "office", "Did you mean “Niamey”?"),
        ("a@t.example,Tamaris Relief,,Bamako,,,reader", "office", "To add it, say which kind it is in office_kind"),
        ("a@t.example,Tamaris Relief,,Zinder,,,reader", "office", "The office “Zinder” is not known at “Tamaris Relief”."),
        ("nowhere,Tamaris Relief,,Niamey,,,reader", "email", "not an email address"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_leaves_neither_person_nor_place(
    people_in: Files, row: str, column: str, words: str
) -> None:
    bring(people_in(AMINA, header=HEADER))
    before = everything(*TABLES)
    summary = bring(people_in(row, header=HEADER))
    assert [(line, result, of) for line, result, of, _reason in reasons(summary)] == [(2, "refused", column)]
    assert words in summary.listed[0].reason
    assert everything(*TABLES) == before


def test_an_office_that_is_like_no_other_is_not_guessed_at(people_in: Files) -> None:
    bring(people_in(AMINA, header=HEADER))
    (refused,) = bring(people_in(BEN.replace("Niamey", "Port-au-Prince"), header=HEADER)).listed
    assert "Did you mean" not in refused.reason


def test_the_first_office_is_the_headquarters_where_the_file_names_no_kinds(people_in: Files) -> None:
    header = "email,organisation,organisation_kind,office,role"
    rows = [
        f"{kind}@t.example,{kind},{kind},Main house,reader" for kind in ("national-ngo", "company", "international-ngo")
    ]
    summary = bring(people_in(*rows, "b@t.example,company,,Second house,reader", header=header))
    assert [(line, column) for line, _result, column, _reason in reasons(summary)] == [
        (4, "office_kind"),
        (5, "office"),
    ]
    assert {place for held in places().values() for place in held} == {
        "national-ngo (national-ngo), Main house (headquarters, None): reader",
        "company (company), Main house (headquarters, None): reader",
    }


def test_one_kind_said_anywhere_ends_the_guessing(people_in: Files) -> None:
    summary = bring(
        people_in("a@t.example,Osier,company,Lyon,,,reader", "b@t.example,Osier,company,Paris,headquarters,,reader",
                  header=HEADER)
    )  # fmt: skip
    assert [(line, column) for line, _result, column, _reason in reasons(summary)] == [(2, "office_kind")]
    assert list(db.session.scalars(select(Office.name))) == ["Paris"]


def test_the_same_file_again_changes_nothing(people_in: Files, clock: MovableClock) -> None:
    file = people_in(AMINA, BEN, "cleo@t.example,Unheard Of,,Niamey,,,reader", header=HEADER)
    bring(file, invite=True)
    before = everything(*TABLES)
    clock.advance(days=1)
    for options in ({}, {"update": True}, {"invite": True}):
        summary = bring(file, **options)
        assert summary.counts == {"added": 0, "unchanged": 2, "updated": 0, "conflict": 0, "refused": 1}
        assert (summary.organisations, summary.offices) == (0, 0)
        assert everything(*TABLES) == before


def test_an_import_cut_short_is_completed_by_the_next_and_makes_nothing_twice(people_in: Files) -> None:
    rows = [
        f"p{number}@t.example,Organisation {number % 400},company,Main,headquarters,CH,reader"
        for number in range(2 * BATCH)
    ]
    file = people_in(*rows, header=HEADER)
    size = file.stat().st_size

    def cut(bytes_read: int) -> None:
        if bytes_read > size * 0.8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imports.run(Order(file, JOURNEY), on_bytes=cut)
    assert len(places()) == BATCH
    summary = bring(file)
    assert (summary.counts["added"], summary.counts["unchanged"], summary.organisations) == (BATCH, BATCH, 0)
    assert {len(held) for held in places().values()} == {1}
    assert (
        len(list(db.session.scalars(select(Organisation.id))))
        == len(list(db.session.scalars(select(Office.id))))
        == 400
    )


def test_the_same_person_in_two_offices_is_refused_with_the_first_line(people_in: Files) -> None:
    filler = [f"p{number}@t.example,Tamaris Relief,,Niamey,,,reader" for number in range(BATCH)]
    other = "AMINA@tamaris.example,Tamaris Relief,,Maradi,country-office,NE,reader"
    summary = bring(people_in(AMINA, *filler, other, AMINA, header=HEADER))
    assert reasons(summary) == [
        (BATCH + 3, "refused", "email", "The same person is on line 2 with another office."),
        (BATCH + 4, "refused", "email", "This address is on line 2 already."),
    ]
    assert list(db.session.scalars(select(Office.name))) == ["Niamey"], "The refused row has made no office."


@pytest.mark.parametrize("update", [False, True])
def test_another_role_office_or_organisation_is_a_conflict_until_it_is_applied(people_in: Files, update: bool) -> None:
    people = [AMINA, BEN, BEN.replace("ben@", "cleo@")]
    bring(people_in(*people, header=HEADER))
    before = places()
    changed = people_in(
        AMINA.replace("reader", "editor"),
        BEN.replace("Niamey,,", "Maradi,country-office,"),
        BEN.replace("ben@", "cleo@")
        .replace("Tamaris Relief,", "Osier,company")
        .replace("Niamey,", "Lyon,headquarters"),
        header=HEADER,
    )
    result = "updated" if update else "conflict"
    summary = bring(changed, update=update)
    assert summary.counts[result] == 3
    if not update:
        assert reasons(summary) == [
            (2, "conflict", "role", "It is “reader” here and “editor” in the file."),
            (3, "conflict", "office", "It is “Niamey” here and “Maradi” in the file."),
            (4, "conflict", "organisation", "It is “Tamaris Relief” here and “Osier” in the file."),
        ]
        assert places() == before
        assert list(db.session.scalars(select(Office.name))) == ["Niamey"], "A conflict makes no office."
        return
    assert places() == {
        "amina@tamaris.example": ["Tamaris Relief (international-ngo), Niamey (country-office, NE): editor"],
        "ben@tamaris.example": ["Tamaris Relief (international-ngo), Maradi (country-office, None): administrator"],
        "cleo@tamaris.example": ["Osier (company), Lyon (headquarters, None): administrator"],
    }
    ended = db.session.scalars(select(Membership).where(Membership.ended_at.is_not(None)))
    assert {row.ended_reason for row in ended} == {"moved"}
    moved = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "membership-moved")).all()
    assert len(moved) == 3
    assert bring(changed, update=True).counts["unchanged"] == 3


def test_what_a_colleague_gave_in_another_organisation_stays(people_in: Files, clock: MovableClock) -> None:
    bring(people_in(AMINA, "ben@o.example,Osier,company,Lyon,headquarters,FR,administrator", header=HEADER))
    amina, ben = db.session.scalars(select(Account).order_by(Account.email_key))
    lyon = db.session.scalars(select(Office).where(Office.name == "Lyon")).one()
    with write():
        memberships.add(amina.id, lyon, "reader", clock.now(), invited_by=ben.id)
    bring(people_in("amina@tamaris.example,Alder,company,Bern,headquarters,CH,reader", header=HEADER), update=True)
    assert places()["amina@tamaris.example"] == [
        "Alder (company), Bern (headquarters, CH): reader", "Osier (company), Lyon (headquarters, FR): reader",
    ]  # fmt: skip


def test_a_membership_that_was_ended_does_not_come_back_unasked(people_in: Files) -> None:
    file = people_in(AMINA, header=HEADER)
    bring(file)
    with write() as session:
        memberships.end(session.scalars(select(Membership.id)).one(), "left")
    assert reasons(bring(file)) == [
        (2, "conflict", "organisation", "It is empty here and “Tamaris Relief” in the file.")
    ]
    assert places() == {"amina@tamaris.example": []}
    bring(file, update=True)
    assert len(places()["amina@tamaris.example"]) == 1


@pytest.mark.parametrize("update", [False, True])
def test_another_kind_or_country_is_a_conflict_until_it_is_applied(people_in: Files, update: bool) -> None:
    bring(people_in(AMINA, header=HEADER))
    changed = people_in("amina@tamaris.example,Tamaris Relief,company,Niamey,headquarters,ML,reader", header=HEADER)
    summary = bring(changed, update=update)
    told = ["organisation_kind", "office_kind", "country"]
    assert [each.column for each in summary.listed if each.result == "conflict"] == ([] if update else told)
    assert summary.counts["updated" if update else "conflict"] == 1
    kept = "Tamaris Relief (international-ngo), Niamey (country-office, NE): reader"
    new = "Tamaris Relief (company), Niamey (headquarters, ML): reader"
    assert places() == {"amina@tamaris.example": [new if update else kept]}
    kinds = select(AuditEvent.kind, AuditEvent.payload).where(
        AuditEvent.kind.in_(["organisation-changed", "office-changed"])
    )
    fields = {kind: payload["fields"] for kind, payload in db.session.execute(kinds)}
    assert fields == ({"organisation-changed": ["kind"], "office-changed": ["country", "kind"]} if update else {})
    assert bring(changed, update=True).counts["unchanged"] == int(update)


def test_a_new_person_goes_in_beside_a_conflict_about_the_place(people_in: Files, tmp_path: Path) -> None:
    bring(people_in(AMINA, header=HEADER))
    summary = bring(people_in(BEN.replace("Relief,,", "Relief,company,"), header=HEADER), report=tmp_path / "r.csv")
    assert summary.counts["added"] == 1
    assert [(row["result"], row["column"]) for row in report_of(tmp_path / "r.csv")] == [
        ("added", ""), ("conflict", "organisation_kind"),
    ]  # fmt: skip


def test_a_file_that_contradicts_itself_is_told_and_the_first_line_counts(people_in: Files) -> None:
    file = people_in(
        AMINA, BEN.replace("Relief,,", "Relief,company,").replace("Niamey,,", "Niamey,headquarters,ML"), header=HEADER
    )
    for update in (False, True):
        summary = bring(file, update=update)
        assert reasons(summary) == [
            (3, "conflict", "organisation_kind",
             "It is “company” in this row and “international-ngo” on line 2, which counts."),
            (3, "conflict", "office_kind", "It is “headquarters” in this row and “country-office” on line 2, which counts."),
            (3, "conflict", "country", "It is “ML” in this row and “NE” on line 2, which counts."),
        ]  # fmt: skip
    assert {row.kind for row in db.session.scalars(select(Organisation))} == {"international-ngo"}


@pytest.mark.settings(placeholder_domains="filled.example")
def test_an_address_that_names_nobody_is_imported_with_a_note(people_in: Files, tmp_path: Path) -> None:
    of = ",Tamaris Relief,,Niamey,,,reader"
    bring(people_in(f"amina,{AMINA}", header=f"username,{HEADER}"))
    rows = [f",info@tamaris.example{of}", f",x@filled.example{of}", f"dora,own@t.example{of}", f"eli,own@t.example{of}",
            f",amina@tamaris.example{of}", f",plain@t.example{of}"]  # fmt: skip
    summary = bring(people_in(*rows, header=f"username,{HEADER}"), report=tmp_path / "r.csv")
    assert (summary.counts["added"], summary.doubtful) == (6, 4)
    told = [(row["column"], row["reason"]) for row in report_of(tmp_path / "r.csv")]
    assert told == [
        ("email", str(DOUBTS["shared-mailbox"])), ("email", str(DOUBTS["placeholder"])), ("", ""),
        ("email", str(DOUBTS["several-accounts"])), ("email", str(DOUBTS["several-accounts"])), ("", ""),
    ]  # fmt: skip


def test_two_accounts_of_one_address_are_not_guessed_between(people_in: Files, clock: MovableClock) -> None:
    twin = {
        "journey": JOURNEY,
        "email": "amina@tamaris.example",
        "email_key": "amina@tamaris.example",
        "language": "en",
    }
    with write() as session:
        session.add_all(Account(id=new_id(), created_at=clock.now(), **twin) for _ in range(2))
    bring(
        people_in(BEN.replace("Relief,,", "Relief,company,").replace("Niamey,,", "Niamey,headquarters,"), header=HEADER)
    )
    before = everything(*TABLES)
    (refused,) = bring(people_in(AMINA, header=HEADER), update=True).listed
    assert (refused.column, refused.reason) == ("email", "Several accounts have this address. Give the user name.")
    assert everything(*TABLES) == before


def test_a_new_address_of_somebody_with_a_user_name_is_announced_anew(people_in: Files, clock: MovableClock) -> None:
    bring(people_in(f"amina,{AMINA}", header=f"username,{HEADER}"))
    with write() as session:
        amina = session.scalars(select(Account)).one()
        amina.announced_at = amina.address_confirmed_at = clock.now()
    bring(people_in(f"amina,{AMINA}".replace("amina@", "a.keita@"), header=f"username,{HEADER}"), update=True)
    amina = db.session.scalars(select(Account)).one()
    assert (amina.email, amina.match_key) == ("a.keita@tamaris.example", "a.keita@tamaris.example")
    assert (amina.announced_at, amina.address_confirmed_at) == (None, None)
