"""Who may see and do what: the table that the code draws, and each of its cells by a real request.

Role × kind of one's own office × office × page or act. What is allowed is written here once more by hand; everything else is 404 and
leaves nothing behind.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from tests.organisations.colleagues import INVITE, LIST, signed_in
from tests.support.moved import HEADQUARTERS, NIGER, SENEGAL, add_moved, add_office
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.rows import NOTES_OF_POSTS, beside, tables
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Membership, NameCorrection, db, write
from wizard.organisations import rights_table
from wizard.organisations.rights_table import Row
from wizard.services import profiles

ROLES = {
    "see-profile": {"reader", "editor", "administrator"},
    "answer-profile": {"editor", "administrator"},
    "see-people": {"administrator"},
    "invite-people": {"administrator"},
}
REACHED = {
    HEADQUARTERS: {"own office", "another office", "headquarters"},
    NIGER: {"own office"},
}
OWN = "amina.keita@harbour.example"
FOR_EVERYBODY = {"/organisation", "/organisation/offers/<membership_id>"}
ARRIVED = {"/role", "/end"}
_numbers = itertools.count()


@dataclass(frozen=True)
class Cell:
    """One page or act at one office: what is requested, and whether it is allowed."""

    row: Row
    target: str
    path: str
    fields: dict[str, str]
    allowed: bool

    def __str__(self) -> str:
        return f"{self.row.method} {self.path} ({self.row.act}) at {self.target}"


@pytest.mark.parametrize("own_office", [HEADQUARTERS, NIGER])
@pytest.mark.parametrize("role", ["reader", "editor", "administrator"])
def test_every_cell(app: Flask, role: str, own_office: str) -> None:
    browser = signed_in(app, OWN, office=own_office, role=role)
    offices = beside(app, lambda: make_offices(own_office))
    browser.get("/account")
    wrong, answered = [], set()
    for cell in beside(app, lambda: list(cells(role, own_office, offices))):
        before = {} if cell.allowed else tables(app, NOTES_OF_POSTS | {"sessions"})
        page = ask(browser, cell)
        answered.add((cell.row.act, cell.allowed))
        if (page.status in {200, 303, 422}) != cell.allowed or page.status not in {200, 303, 404, 422}:
            wrong.append(f"{cell} answered {page.status}")
        if not cell.allowed and tables(app, NOTES_OF_POSTS | {"sessions"}) != before:
            wrong.append(f"{cell} has changed something")
    assert not wrong, "\n".join(wrong)
    assert len(answered) > len(rows(app))


def make_offices(own_office: str) -> dict[str, str]:
    """Ids of the offices by what they are to the person."""
    return {
        "own office": add_office(own_office).id,
        "another office": add_office(SENEGAL).id,
        "headquarters": add_office(HEADQUARTERS).id,
        "another organisation's office": add_office(NIGER, "River Trust").id,
        "no office": new_id(),
    }


def cells(role: str, own_office: str, offices: dict[str, str]) -> Iterator[Cell]:
    for row in rights_table.rows():
        may = role in ROLES[row.right]
        if "<" not in row.address and row.method == "GET":
            yield Cell(row, "no office in particular", row.address, {}, may)
            continue
        for target, office_id in offices.items():
            path, fields = request_for(row, target, office_id, offices)
            yield Cell(row, target, path, fields, may and target in REACHED[own_office])


def request_for(row: Row, target: str, office_id: str, offices: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The address and fields of one request, with a colleague or a correction of its own where it needs one."""
    path = row.address.replace("<office_id>", office_id)
    if "<section_id>" in path:
        path = path.replace("<section_id>", section_of(offices["own office"]))
    if "<membership_id>" in path:
        path = path.replace("<membership_id>", colleague_in(target, office_id, path))
    if "<correction_id>" in path:
        path = path.replace("<correction_id>", correction_in(target, office_id))
    fields = {
        INVITE: {
            "email": f"new{next(_numbers)}@harbour.example", "given_name": "N", "role": "reader", "office": office_id,
            "language": "en",
        },
        f"{LIST}/<membership_id>/role": {"role": "editor"},
        f"{LIST}/names/<correction_id>": {"choice": "no"},
    }  # fmt: skip
    return path, fields.get(row.address, {})


def section_of(office_id: str) -> str:
    with_sections = profiles.standing(office_id).office
    return with_sections.sections[0].id


def colleague_in(target: str, office_id: str, path: str) -> str:
    """A membership in this office: of somebody who has arrived for what is done to such people, else of somebody invited."""
    if target == "no office":
        return office_id
    has_arrived = path[path.rindex("/") :] in ARRIVED
    person = add_colleague(office_id, last_sign_in_at=tools().clock.now() if has_arrived else None)
    return person[1]


def correction_in(target: str, office_id: str) -> str:
    if target == "no office":
        return office_id
    account_id, _membership_id = add_colleague(office_id)
    with write() as session:
        row = NameCorrection(
            id=new_id(), account_id=account_id, given_name="A", family_name="B", created_at=tools().clock.now()
        )
        session.add(row)
        return row.id


def add_colleague(office_id: str, **facts: object) -> tuple[str, str]:
    """Account and membership of somebody new in this office."""
    person = add_moved(f"colleague{next(_numbers)}@harbour.example", organisation="Elsewhere", **facts)
    with write() as session:
        membership = session.get_one(Membership, person.membership_id)
        office = profiles.standing(office_id).office
        membership.office_id, membership.organisation_id = office_id, office.organisation_id
        membership.invited_by = db.session.scalar(db.select(Membership.account_id).limit(1))
    return person.account_id, person.membership_id


def ask(browser: PageClient, cell: Cell) -> Page:
    return browser.get(cell.path) if cell.row.method == "GET" else browser.post(cell.path, dict(cell.fields))


def rows(app: Flask) -> list[Row]:
    return beside(app, rights_table.rows)


def test_the_table_has_a_line_for_each_page_and_act(app: Flask) -> None:
    lines = beside(app, rights_table.table).splitlines()
    assert len(lines) == 2 + len(rows(app))
    assert lines[0].endswith("| administrator, headquarters | administrator, country-office |")
    assert (
        f"| Invite a colleague | POST | `{INVITE}` | invite-people | no | no | no | no | all offices | own office |"
        in lines
    )
    assert any("| answer-profile | no | no | all offices | own office |" in line for line in lines)


def test_no_page_of_an_organisation_is_forgotten(app: Flask) -> None:
    """A new page under /organisation needs a declared right, or a reason to stand among those for everybody."""
    addresses = {str(rule) for rule in app.url_map.iter_rules() if str(rule).startswith("/organisation")}
    assert addresses - {row.address for row in rows(app)} == FOR_EVERYBODY


def test_who_is_not_signed_in_is_sent_to_sign_in(app: Flask) -> None:
    stranger = PageClient(app)
    stranger.get("/")
    for row in rows(app):
        path = row.address
        for name in ("office_id", "section_id", "membership_id", "correction_id"):
            path = path.replace(f"<{name}>", new_id())
        answer = stranger.get(path) if row.method == "GET" else stranger.post(path)
        assert (answer.status, answer.location) == (303, "/sign-in"), path
