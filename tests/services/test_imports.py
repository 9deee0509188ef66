"""The people import: what goes in, what is refused and why, what a second run changes."""

from __future__ import annotations

import stat
import tracemalloc
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.clock import MovableClock
from tests.support.imports import ANNA, BEN, Files, account, everything, people_in, report_of, run
from wizard.domain.secrets_made import new_id
from wizard.models import Account, AuditEvent, Issue, OutboxMail, db, write
from wizard.services import imports
from wizard.services.import_files import FileRefused
from wizard.services.import_reports import LISTED
from wizard.services.import_transactions import BATCH
from wizard.services.imports import Order

__all__ = ["people_in"]  # a fixture
pytestmark = pytest.mark.usefixtures("app_context")


def names() -> list[str | None]:
    return list(db.session.scalars(select(Account.username).order_by(Account.username_key)))


def test_people_of_a_file_get_accounts_with_what_the_file_says(people_in: Files, clock: MovableClock) -> None:
    summary = run(people_in(ANNA, BEN))
    assert summary.counts == {"added": 2, "unchanged": 0, "updated": 0, "conflict": 0, "refused": 0}
    anna, ben = account("anna"), account("ben.okri")
    assert (anna.email, anna.name, anna.language, anna.journey) == (
        "anna@tamaris.example", "Anna Niangarra", "fr", "first-connection",
    )  # fmt: skip
    assert anna.created_at == clock.now()
    assert anna.password_hash is None
    assert ben.name == "Ben O."
    told = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "account-added")).all()
    assert {event.account_id for event in told} == {anna.id, ben.id}
    assert {(event.actor, str(event.payload)) for event in told} == {("operator", "{'source': 'import'}")}


def test_without_a_language_the_first_of_the_installation_is_taken(people_in: Files) -> None:
    run(people_in("anna,a@x.example", header="username,email"))
    assert account("anna").language == "en"


def test_the_stored_address_is_what_the_file_says_and_the_key_is_folded(people_in: Files) -> None:
    run(people_in("Anna,Anna.N@Tamaris.EXAMPLE,,,,FR"))
    anna = account("anna")
    assert (anna.username, anna.email, anna.email_key) == ("Anna", "Anna.N@Tamaris.EXAMPLE", "anna.n@tamaris.example")
    assert anna.language == "fr"


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",a@x.example,,,,", "username", "needed"),
        ("cleo,,,,,", "email", "needed"),
        ("cl eo,c@x.example,,,,", "username", "letters, digits"),
        ("cleo<b>,c@x.example,,,,", "username", "letters, digits"),
        ("=cmd,c@x.example,,,,", "username", "letters, digits"),
        ("cl\u202eeo,c@x.example,,,,", "username", "direction of text"),
        ("cl\u200beo,c@x.example,,,,", "username", "cannot be seen"),
        ('"cl\neo",c@x.example,,,,', "username", "line break"),
        ("clео,c@x.example,,,,", "username", "several scripts"),  # the e and the o are Cyrillic
        (f"{'c' * 400},c@x.example,,,,", "username", "too long"),
        ("cleo,cleo,,,,", "email", "not an email address"),
        ("cleo,c@x.example;d@x.example,,,,", "email", "not an email address"),
        ("cleo,c@localhost,,,,", "email", "not an email address"),
        ("cleo,c@x.example,,,,xx", "language", "It has en, fr"),
        ("cleo,c@x.example,,,https://evil.example,", "display_name", "web address"),
        ("cleo,c@x.example,www.evil.com,,,", "given_name", "web address"),
        ("cleo,c@x.example,,a\u2067b,,", "family_name", "direction of text"),
        (f"cleo,c@x.example,,{'n' * 101},,", "family_name", "too long"),
        ("cleo,c@x.example", "", "2 cells and the header has 6"),
        (f"cleo,c@x.example,{'n' * 1001},,,", "given_name", "1001 characters"),
    ],
)
def test_a_bad_row_is_named_and_leaves_nothing_while_good_rows_go_in(
    people_in: Files, tmp_path: Path, row: str, column: str, words: str
) -> None:
    summary = run(people_in(ANNA, row, BEN), report=tmp_path / "report.csv")
    assert summary.counts["refused"] == 1
    (refused,) = summary.listed
    assert (refused.line, refused.result, refused.column) == (3, "refused", column)
    assert words in refused.reason
    assert names() == ["anna", "ben.okri"]
    assert report_of(tmp_path / "report.csv")[1]["reason"] == refused.reason


def test_every_problem_of_a_row_is_named_at_once(people_in: Files) -> None:
    summary = run(people_in("cl eo,nowhere,,,,xx"))
    assert [result.column for result in summary.listed] == ["username", "email", "language"]
    assert summary.counts["refused"] == 1


def test_the_second_of_two_rows_with_one_name_is_refused_and_names_the_first(people_in: Files) -> None:
    filler = [f"p{number},p{number}@x.example,,,," for number in range(BATCH)]
    summary = run(people_in(ANNA, *filler, "ANNA,other@x.example,,,,"))
    (refused,) = summary.listed
    assert (refused.line, refused.key, refused.column) == (BATCH + 3, "anna", "username")
    assert "on line 2" in refused.reason
    assert account("anna").email == "anna@tamaris.example"


def test_two_people_may_share_an_address(people_in: Files) -> None:
    assert run(people_in("anna,desk@x.example,,,,", "ben,desk@x.example,,,,")).counts["added"] == 2


def test_a_name_taken_in_another_journey_is_refused(people_in: Files, clock: MovableClock) -> None:
    other = {"email": "a@x.example", "email_key": "a@x.example", "language": "en", "created_at": clock.now()}
    with write() as session:
        session.add(Account(id=new_id(), journey="migrated-account", username="anna", username_key="anna", **other))
    before = everything(Account)
    summary = run(people_in(ANNA), update=True)
    assert "taken" in summary.listed[0].reason
    assert everything(Account) == before


def test_the_same_file_again_changes_nothing(people_in: Files, clock: MovableClock) -> None:
    file = people_in(ANNA, BEN, "cleo,nowhere,,,,")
    run(file, invite=True)
    before = everything(Account, AuditEvent, Issue, OutboxMail)
    clock.advance(days=1)
    for options in ({}, {"update": True}, {"invite": True}):
        summary = run(file, **options)
        assert summary.counts == {"added": 0, "unchanged": 2, "updated": 0, "conflict": 0, "refused": 1}
        assert everything(Account, AuditEvent, Issue, OutboxMail) == before


def test_a_missing_column_and_an_empty_cell_change_nothing(people_in: Files) -> None:
    run(people_in(ANNA))
    assert run(people_in("anna,anna@tamaris.example,,,,"), update=True).counts["unchanged"] == 1
    shorter = people_in("anna,anna@tamaris.example", header="username,email")
    assert run(shorter, update=True).counts["unchanged"] == 1
    assert account("anna").name == "Anna Niangarra"


def test_a_changed_value_is_listed_and_applied_only_when_asked(people_in: Files, tmp_path: Path) -> None:
    run(people_in(ANNA, BEN))
    before = everything(Account, AuditEvent)
    changed = people_in("anna,anna@tamaris.example,Anne,Niangarra,,en", BEN)
    summary = run(changed)
    assert summary.counts == {"added": 0, "unchanged": 1, "updated": 0, "conflict": 1, "refused": 0}
    assert [(result.result, result.column) for result in summary.listed] == [
        ("conflict", "given_name"), ("conflict", "language"),
    ]  # fmt: skip
    assert summary.listed[0].reason == "It is “Anna” here and “Anne” in the file."
    assert everything(Account, AuditEvent) == before

    summary = run(changed, update=True, report=tmp_path / "report.csv")
    assert summary.counts == {"added": 0, "unchanged": 1, "updated": 1, "conflict": 0, "refused": 0}
    assert (account("anna").given_name, account("anna").language) == ("Anne", "en")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "account-changed")).one()
    assert event.payload == {"fields": ["given_name", "language"]}
    assert report_of(tmp_path / "report.csv")[0] == {
        "line": "2", "key": "anna", "result": "updated", "column": "given_name",
        "reason": "It was “Anna” and is now “Anne”.",
    }  # fmt: skip
    assert run(changed).counts["unchanged"] == 2


def test_a_dry_run_says_what_would_happen_and_writes_nothing(people_in: Files, tmp_path: Path) -> None:
    run(people_in(ANNA))
    before = everything(Account, AuditEvent, Issue, OutboxMail)
    file = people_in("anna,anna@tamaris.example,Anne,,,", BEN, "cleo,nowhere,,,,")
    summary = run(file, dry_run=True, update=True, invite=True, report=tmp_path / "report.csv")
    assert summary.counts == {"added": 1, "unchanged": 0, "updated": 1, "conflict": 0, "refused": 1}
    assert summary.invited == 0
    assert [row["result"] for row in report_of(tmp_path / "report.csv")] == ["updated", "added", "refused"]
    assert everything(Account, AuditEvent, Issue, OutboxMail) == before


def test_a_broken_file_leaves_nothing_behind_and_no_report(people_in: Files, tmp_path: Path) -> None:
    filler = [f"p{number},p{number}@x.example,,,," for number in range(2 * BATCH)]
    with pytest.raises(FileRefused, match="none closes it"):
        run(people_in(*filler, '"anna,a@x.example,,,,'), report=tmp_path / "report.csv")
    assert names() == []
    assert [path.name for path in tmp_path.glob("*report*")] == []


def test_an_import_cut_short_keeps_whole_batches_and_is_completed_by_the_next(people_in: Files, tmp_path: Path) -> None:
    file = people_in(*(f"p{number},p{number}@x.example,,,," for number in range(3 * BATCH)))
    size = file.stat().st_size

    def cut(bytes_read: int) -> None:
        if bytes_read > size * 0.8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imports.run(Order(file, report=tmp_path / "report.csv"), on_bytes=cut)
    assert len(names()) == 2 * BATCH
    assert not list(tmp_path.glob("*report*")), "A report is whole or it is not there."
    assert run(file).counts == {"added": BATCH, "unchanged": 2 * BATCH, "updated": 0, "conflict": 0, "refused": 0}


def test_the_report_has_a_line_for_every_row_and_defuses_formulas(people_in: Files, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    starts = ["-minus", "+plus", "@at"]
    run(people_in(ANNA, *(f"{name},x@x.example,,,," for name in starts), "cleo,nowhere,,,,"), report=report)
    rows = report_of(report)
    assert list(rows[0]) == ["line", "key", "result", "column", "reason"]
    assert [(row["line"], row["result"]) for row in rows] == [
        ("2", "added"), ("3", "added"), ("4", "added"), ("5", "added"), ("6", "refused"),
    ]  # fmt: skip
    assert [row["key"] for row in rows] == ["anna", "'-minus", "'+plus", "'@at", "cleo"]
    assert stat.S_IMODE(report.stat().st_mode) == 0o600, "It names people."


def test_a_report_in_no_folder_stops_before_anything_is_written(people_in: Files, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        run(people_in(ANNA), report=tmp_path / "nowhere" / "report.csv")
    assert names() == []


def test_an_import_needs_no_more_memory_for_more_rows(people_in: Files) -> None:
    def most_memory(file: Path) -> int:
        tracemalloc.start()
        run(file, dry_run=True)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    files = [
        people_in(*(f"p{number},p@x.example,,,," for number in range(count)), name=f"{count}.csv")
        for count in (1000, 8000)
    ]
    run(files[0], dry_run=True)
    few, many = (most_memory(file) for file in files)
    assert many < few + 1_000_000, "The rows are kept in memory."


def test_columns_of_organisations_are_named_as_unused(people_in: Files) -> None:
    header = "organisation,username,email,role,shoe size"
    summary = run(people_in("Tamaris,anna,a@x.example,reader,38", header=header))
    assert summary.unused_columns == ("organisation", "role")
    assert summary.unknown_columns == ("shoe size",)
    assert names() == ["anna"]


def test_a_summary_lists_the_first_problems_and_counts_the_rest(people_in: Files) -> None:
    summary = run(people_in(*(f"p{number},nowhere,,,," for number in range(LISTED + 5))))
    assert (len(summary.listed), summary.not_listed) == (LISTED, 5)
    assert summary.counts["refused"] == LISTED + 5
