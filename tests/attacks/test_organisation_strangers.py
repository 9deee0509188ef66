"""Somebody with any mailbox, and somebody who names an organisation: what reaches administrators, agents and their spreadsheets."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from flask import Flask

from tests.support.moved import arrived, prove_address
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.rows import rows_of
from wizard.models import DeskRequest
from wizard.services.import_reports import REFUSED, RowResult, report_file


def test_one_mailbox_writes_once_however_many_plus_signs_it_has(app: Flask) -> None:
    """A mailbox reads name+anything@ too: each of these would fill the administrators' mailboxes and the helpdesk's queue once more."""
    arrived(app, role="administrator")
    for number in range(4):
        page = prove_address(PageClient(app), f"nadia.sow+{number}@harbour.example")
        assert page.step == "no-account"
        page.press("continue", organisation_kind="company")
    assert len(Mailbox(app).all("access_wanted")) == 1
    assert len(rows_of(app, DeskRequest)) == 1


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"])
def test_no_cell_of_a_report_begins_a_formula(tmp_path: Path, sign: str) -> None:
    """Some spreadsheet programs take the wide signs of East Asian keyboards for the narrow ones."""
    path = tmp_path / "report.csv"
    with report_file(path) as report:
        report([RowResult(2, f"{sign}1+1", REFUSED, f"{sign}A1", f"{sign}HYPERLINK(1)")])
    cells = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))[1]
    assert [cell[0] for cell in cells[1:] if cell != REFUSED] == ["'"] * 3
