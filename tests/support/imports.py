"""Files of people for imports, and what an import left behind."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from wizard.models import Account, db
from wizard.services import imports
from wizard.services.imports import Order, Summary

HEADER = "username,email,given_name,family_name,display_name,language"
ANNA = "anna,anna@tamaris.example,Anna,Niangarra,,fr"
BEN = "ben.okri,ben@tamaris.example,Ben,,Ben O.,en"
Files = Callable[..., Path]


@pytest.fixture
def people_in(tmp_path: Path) -> Files:
    """Writes rows under a header into a file and returns its path."""

    def write_file(*rows: str, header: str = HEADER, name: str = "people.csv") -> Path:
        file = tmp_path / name
        file.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
        return file

    return write_file


def run(file: Path, **options: Any) -> Summary:
    return imports.run(Order(file, **options))


def account(name: str) -> Account:
    """The account with this user name's key."""
    db.session.rollback()
    return db.session.scalars(select(Account).where(Account.username_key == name)).one()


def everything(*tables: type[Any]) -> list[tuple[Any, ...]]:
    """Every value of every row, so that "nothing has changed" can be said."""
    db.session.rollback()
    return [tuple(row) for table in tables for row in db.session.execute(select(table.__table__).order_by(table.id))]


def report_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
