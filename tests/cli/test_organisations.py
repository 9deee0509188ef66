"""`perron organisations`: what is printed, what is written, and with which exit status it ends."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from tests.support.moved import HEADQUARTERS, NIGER, add_moved, add_office
from tests.support.races import at_once
from tests.support.rows import beside, rows_of
from wizard.cli import cli
from wizard.cli.organisations import organisations
from wizard.models import AuditEvent, ProfileAnswer
from wizard.services import profile_imports, profiles

Perron = Callable[..., Result]
HEADER = "organisation,office,question,answer\n"
GOOD = HEADER + (
    "Harbour Aid,Niger,registered-name,Harbour Aid Niger\n"
    "harbour  AID,NIGER,year-founded,1998\n"
    "Harbour Aid,Niger,fields-of-work,Water and hygiene | health\n"
    "Harbour Aid,Niger,registered-here,yes\n"
    "Harbour Aid,Niger,website,https://harbour.example/niger\n"
)
KEPT: dict[str, Any] = {
    "registered-name": "Harbour Aid Niger",
    "year-founded": 1998,
    "fields-of-work": ["health", "water"],
    "registered-here": True,
    "website": "https://harbour.example/niger",
}


@pytest.fixture
def perron(app: Flask) -> Perron:
    def run(*arguments: str | Path, status: int = 0) -> Result:
        result = app.test_cli_runner().invoke(organisations, [str(argument) for argument in arguments])
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def file(app: Flask, tmp_path: Path) -> Path:
    """A file of good answers for an office that there is."""
    beside(app, lambda: add_office(NIGER).id)
    path = tmp_path / "answers.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def kept(app: Flask) -> dict[str, Any]:
    return {row.question: row.value for row in rows_of(app, ProfileAnswer)}


def test_good_rows_go_in_and_the_same_file_again_changes_nothing(perron: Perron, app: Flask, file: Path) -> None:
    assert "added 5, unchanged 0, updated 0, conflict 0, refused 0." in perron("answers", file).stdout
    assert kept(app) == KEPT
    before = [row.answered_at for row in rows_of(app, ProfileAnswer)]
    assert "added 0, unchanged 5" in perron("answers", file).stdout
    assert [row.answered_at for row in rows_of(app, ProfileAnswer)] == before
    assert {row.answered_by for row in rows_of(app, ProfileAnswer)} == {None}


def test_an_import_is_audited_by_question_and_never_by_answer(perron: Perron, app: Flask, file: Path) -> None:
    perron("answers", file)
    (event,) = rows_of(app, AuditEvent, kind="profile-answered")
    assert (event.actor, event.account_id) == ("operator", None)
    assert event.payload is not None
    assert event.payload["questions"] == list(KEPT)


def test_a_dry_run_says_the_same_and_writes_nothing(perron: Perron, app: Flask, file: Path) -> None:
    printed = perron("answers", file, "--dry-run").stdout
    assert "This was a dry run: nothing has changed." in printed
    assert "added 5" in printed
    assert kept(app) == {}


def test_imported_answers_count_before_one_can_apply(perron: Perron, app: Flask, file: Path) -> None:
    office = beside(app, lambda: add_office(NIGER).id)
    missing = beside(app, lambda: profiles.standing(office).missing)
    perron("answers", file)
    assert beside(app, lambda: profiles.standing(office).missing) == missing - 4


def test_a_changed_answer_is_a_conflict_and_applied_only_with_update(perron: Perron, app: Flask, file: Path) -> None:
    perron("answers", file)
    file.write_text(HEADER + "Harbour Aid,Niger,year-founded,1999\n", encoding="utf-8")
    printed = perron("answers", file).stdout
    assert "Line 2, answer: conflict. It is “1998” here and “1999” in the file." in printed
    assert "`--update` applies them." in printed
    assert kept(app)["year-founded"] == 1998
    assert "updated 1" in perron("answers", file, "--update", "--dry-run").stdout
    assert kept(app)["year-founded"] == 1998
    assert "updated 1" in perron("answers", file, "--update").stdout
    assert kept(app)["year-founded"] == 1999
    assert "unchanged 1" in perron("answers", file, "--update").stdout


def test_an_empty_answer_says_nothing(perron: Perron, app: Flask, file: Path) -> None:
    perron("answers", file)
    file.write_text(HEADER + "Harbour Aid,Niger,year-founded,\n", encoding="utf-8")
    assert "unchanged 1" in perron("answers", file, "--update").stdout
    assert kept(app) == KEPT


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("Nobody Ltd,Niger,year-founded,1998", "organisation", "This organisation is not known here."),
        (
            "Harbour Aid,Nigre,year-founded,1998",
            "office",
            "This organisation has no such office. Did you mean “Niger”?",
        ),
        ("Harbour Aid,Zanzibar,year-founded,1998", "office", "This organisation has no such office."),
        ("Harbour Aid,Niger,year-fonded,1998", "question", "Did you mean “year-founded”?"),
        ("Harbour Aid,Niger,board-members,7", "question", "This office is not asked this question."),
        (",Niger,year-founded,1998", "organisation", "This is empty. It is needed."),
        ("Harbour Aid,,year-founded,1998", "office", "This is empty. It is needed."),
        ("Harbour Aid,Niger,,1998", "question", "This is empty. It is needed."),
        ("Harbour Aid,Niger,year-founded,soon", "answer", "Enter the year with four digits"),
        ("Harbour Aid,Niger,employees,-3", "answer", "Enter a whole number in digits"),
        ("Harbour Aid,Niger,registered-here,perhaps", "answer", "Write one of these: yes, no."),
        ("Harbour Aid,Niger,surroundings,moon", "answer", "Write one of these: towns, countryside, camps, both."),
        ("Harbour Aid,Niger,fields-of-work,health|gold", "answer", "(several with | between them)"),
        ("Harbour Aid,Niger,website,http://harbour.example", "answer", "Start the address with https://"),
        (f"Harbour Aid,Niger,registered-name,{'x' * 151}", "answer", "Use 150 characters or fewer. This has 151."),
        (f"Harbour Aid,Niger,purpose,{'x' * 10_000}", "answer", "The cell has 10000 characters; 1000 is the most."),
        ("Harbour Aid,Niger,year-founded", "", "This row has 3 cells and the header has 4."),
    ],
)
def test_a_bad_row_is_named_and_leaves_nothing_behind(
    perron: Perron, app: Flask, file: Path, row: str, column: str, reason: str
) -> None:
    file.write_text(f"{HEADER}Harbour Aid,Niger,short-name,HA\n{row}\n", encoding="utf-8")
    result = json.loads(perron("answers", file, "--json", status=3).stdout)
    (problem,) = result["problems"]
    assert (problem["line"], problem["result"], problem["column"]) == (3, "refused", column)
    assert reason in problem["reason"]
    assert (result["added"], result["refused"]) == (1, 1)
    assert kept(app) == {"short-name": "HA"}


@pytest.mark.settings(languages=("fr", "en"))
def test_the_reasons_are_english_whatever_the_installation_speaks(app: Flask, perron: Perron, file: Path) -> None:
    file.write_text(f"{HEADER}Harbour Aid,Niger,year-founded,soon\n", encoding="utf-8")
    assert "Enter the year with four digits" in perron("answers", file, status=3).stdout


def test_the_same_question_twice_names_the_first_line(perron: Perron, app: Flask, file: Path) -> None:
    rows = "Harbour Aid,Niger,year-founded,1998\nHARBOUR AID,niger,Year-Founded,1999\n"
    file.write_text(HEADER + rows, encoding="utf-8")
    assert "Line 3, question: refused. This office's answer to this question is on line 2 already." in (
        perron("answers", file, "--update", status=3).stdout
    )
    assert kept(app) == {"year-founded": 1998}


def test_formulas_and_hostile_text_stay_text_and_are_defused_in_the_report(
    perron: Perron, app: Flask, file: Path, tmp_path: Path
) -> None:
    rows = "Harbour Aid,Niger,registered-name,=1+1\nHarbour Aid,Niger,purpose,<script>alert(1)</script>\n=x,y,z,1\n"
    file.write_text(HEADER + rows, encoding="utf-8")
    perron("answers", file, "--report", tmp_path / "out.csv", status=3)
    assert kept(app) == {"registered-name": "=1+1", "purpose": "<script>alert(1)</script>"}
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as handle:
        report = list(csv.DictReader(handle))
    assert [row["result"] for row in report] == ["added", "added", "refused"]
    assert report[2]["key"].startswith("'=x")
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600


def test_options_are_named_by_their_words_in_any_language(perron: Perron, app: Flask, file: Path) -> None:
    rows = "Harbour Aid,Niger,fields-of-work,Santé|EDUCACIÓN\nHarbour Aid,Niger,surroundings,en ville\n"
    file.write_text(HEADER + rows, encoding="utf-8")
    perron("answers", file)
    assert kept(app) == {"fields-of-work": ["health", "schooling"], "surroundings": "towns"}


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "organisation,office,question\nHarbour Aid,Niger,year-founded\n"])
def test_a_file_without_these_columns_is_refused_whole(perron: Perron, app: Flask, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    perron("answers", file, status=1)
    assert kept(app) == {}


def test_windows_files_with_semicolons_and_unknown_columns_go_in(perron: Perron, app: Flask, file: Path) -> None:
    text = "question;note;answer;office;organisation\r\nyear-founded;x;1998;Niger;Harbour Aid\r\n"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert "Columns that Perron does not know, not used: note." in perron("answers", file).stdout
    assert kept(app) == {"year-founded": 1998}


def test_several_lines_in_one_answer_stay_lines(perron: Perron, app: Flask, file: Path) -> None:
    file.write_text(HEADER + 'Harbour Aid,Niger,postal-address,"12 Quay Road\nNiamey"\n', encoding="utf-8")
    perron("answers", file)
    assert kept(app) == {"postal-address": "12 Quay Road\nNiamey"}


def test_more_rows_than_a_batch_go_in(perron: Perron, app: Flask, file: Path) -> None:
    names = [f"Office {number}" for number in range(300)]
    beside(app, lambda: [add_office(name).id for name in names])
    rows = "".join(
        f"Harbour Aid,{name},{q},{v}\n" for name in names for q, v in (("year-founded", 1998), ("employees", 4))
    )
    file.write_text(HEADER + rows, encoding="utf-8")
    assert "added 600" in perron("answers", file).stdout
    assert len(rows_of(app, ProfileAnswer)) == 600


@pytest.mark.usefixtures("each_database")
def test_two_imports_at_once_write_no_answer_twice(app: Flask, file: Path) -> None:
    def act() -> tuple[int, int]:
        counts = beside(app, lambda: profile_imports.run(profile_imports.Order(file))).counts
        return counts["added"], counts["unchanged"]

    assert sorted(at_once([act, act])) == [(0, 5), (5, 0)]
    assert kept(app) == KEPT


def test_the_report_may_not_overwrite_the_file(perron: Perron, file: Path) -> None:
    perron("answers", file, "--report", file, status=2)
    assert file.read_text(encoding="utf-8") == GOOD


def test_the_offices_are_listed_with_what_is_missing(perron: Perron, app: Flask, file: Path) -> None:
    beside(app, lambda: add_office(HEADQUARTERS).id)
    beside(app, lambda: add_moved("amina@harbour.example"))
    perron("answers", file)
    lines = [line.split("\t") for line in perron("list").stdout.splitlines()]
    assert lines == [
        ["Harbour Aid", "international-ngo", "Headquarters", "headquarters", "KE", "0", "missing 15"],
        ["Harbour Aid", "international-ngo", "Niger", "country-office", "NE", "1", "missing 10"],
    ]
    told = json.loads(perron("list", "--json").stdout)
    assert [(row["office"], row["members"], row["missing"], row["profile_complete"]) for row in told] == [
        ("Headquarters", 0, 15, False),
        ("Niger", 1, 10, False),
    ]
    assert told[1]["open"][0] == "postal-address"


def test_a_long_list_comes_page_by_page_and_whole(perron: Perron, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "PAGE", 3)
    for organisation in ("Pier Trust", "Harbour Aid", "Quay House"):
        beside(app, lambda organisation=organisation: [add_office(f"Office {n}", organisation).id for n in range(4)])
    lines = [tuple(line.split("\t")[:3:2]) for line in perron("list").stdout.splitlines()]
    assert lines == [(each, f"Office {n}") for each in ("Harbour Aid", "Pier Trust", "Quay House") for n in range(4)]


def test_the_rights_are_printed_as_a_table(perron: Perron) -> None:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in perron("rights").stdout.splitlines()]
    answering = next(line for line in lines if line[0] == "Answer for an office")
    by_column = dict(zip(lines[0], answering, strict=True))
    assert by_column["reader, headquarters"] == "no"
    assert by_column["editor, country-office"] == "own office"
    assert by_column["administrator, headquarters"] == "all offices"


def test_the_command_is_one_of_perron_s() -> None:
    assert "organisations" in cli.commands
