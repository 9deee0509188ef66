"""`perron people template` and the import of what was filled in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from wizard.cli.people import people
from wizard.models import Account, db

Perron = Callable[..., Result]


@pytest.fixture
def perron(app: Flask) -> Perron:
    def run(*arguments: str | Path, status: int = 0) -> Result:
        result = app.test_cli_runner().invoke(people, [str(argument) for argument in arguments])
        assert result.exit_code == status, result.output
        return result

    return run


def names(app: Flask) -> list[str | None]:
    with app.app_context():
        return sorted(db.session.scalars(select(Account.username)), key=str)


@pytest.fixture
def filled(perron: Perron, tmp_path: Path) -> Path:
    """The template as an operator filled it in: two good rows, a gap, a bad one."""
    file = tmp_path / "people.xlsx"
    perron("template", file)
    book = load_workbook(file)
    book.worksheets[0].append(("anna", "anna@tamaris.example", "Anna", None, None, "fr"))
    book.worksheets[0].append(())
    book.worksheets[0].append((42, "ben@tamaris.example"))
    book.worksheets[0].append(("cleo", "nowhere"))
    book.save(file)
    return file


def import_(perron: Perron, file: Path, *options: str | Path, status: int = 0) -> Result:
    return perron("import", file, "--journey", "first-connection", *options, status=status)


def test_a_filled_template_is_imported_and_its_rows_named_by_their_number(
    perron: Perron, app: Flask, filled: Path, tmp_path: Path
) -> None:
    printed = import_(perron, filled, "--report", tmp_path / "report.csv", status=3).stdout
    assert "Only the sheet “People” is read. Not read: Help." in printed
    assert "Line 5, email: refused. This is not an email address." in printed
    assert "added 2, unchanged 0, updated 0, conflict 0, refused 1" in printed
    assert names(app) == ["42", "anna"]
    report = (tmp_path / "report.csv").read_text(encoding="utf-8").splitlines()
    assert report[:3] == ["line,key,result,column,reason", "2,anna,added,,", "4,42,added,,"]
    assert "added 0, unchanged 2" in import_(perron, filled, status=3).stdout


def test_the_sheets_that_were_not_read_are_told_to_programs_too(perron: Perron, filled: Path) -> None:
    told = json.loads(import_(perron, filled, "--json", "--dry-run", status=3).stdout)
    assert told["unused_sheets"] == ["Help"]
    assert (told["added"], told["refused"]) == (2, 1)


def test_a_template_is_written_over_only_when_asked(perron: Perron, tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    file.write_bytes(b"mine")
    said = perron("template", file, status=1).stderr
    assert "is there already. `--force` writes over it." in said
    assert file.read_bytes() == b"mine"
    assert "Written: " in perron("template", file, "--force").stdout
    assert load_workbook(file).sheetnames == ["People", "Help"]


def test_wrong_usage_of_the_template_ends_with_a_sentence(perron: Perron, tmp_path: Path) -> None:
    assert "end in .xlsx" in perron("template", tmp_path / "people.csv", status=2).stderr
    other = perron("template", tmp_path / "people.xlsx", "--journey", "sign-in", status=2)
    assert "No import is known for the journey “sign-in”." in other.stderr
    assert "No such file" in perron("template", tmp_path / "nowhere" / "people.xlsx", status=1).stderr
    assert list(tmp_path.glob("people*")) == []
