"""Fields with characters that a database does not take, in every form that a signed-in person has: refused, never a fault."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from bs4 import Tag
from flask import Flask

from tests.organisations.colleagues import INVITE, LIST, administrator, invite
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import invite as invited_person
from tests.support.phones import Phone, asking, link_on, linked, place_with_phone
from tests.support.rows import row_of
from wizard.models import Account, Office

pytestmark = pytest.mark.usefixtures("each_database")
ODD = ("%00", "a%00b", "%ED%A0%80", "%FF")
TAKEN = {200, 303, 400, 403, 404, 410, 422, 429}


def answers(page: Page, selector: str = "main form", besides: tuple[str, ...] = ()) -> dict[tuple[str, str], int]:
    """What each field of these forms is answered, with an odd value in it and the others as they stand."""
    found = {}
    for form in page.soup.select(selector):
        controls = [
            each for each in form.find_all(["input", "select", "textarea", "button"]) if attribute(each, "name")
        ]
        stand = {attribute(each, "name"): attribute(each, "value") for each in controls if each.name == "input"}
        for name in {*stand, *(attribute(each, "name") for each in controls), *besides} - {"csrf_token"}:
            for odd in ODD:
                found[name, odd] = send(page, form, {**stand, name: ""}, f"{quote(name)}={odd}")
    return found


def send(page: Page, form: Tag, fields: dict[str, str], odd: str) -> int:
    body = "&".join([*(f"{quote(name)}={quote(value)}" for name, value in fields.items() if value), odd])
    path = attribute(form, "action") or page.path
    kind, headers = "application/x-www-form-urlencoded", {"Origin": page.client.home}
    answer = page.client.raw.post(path, base_url=page.client.home, data=body, content_type=kind, headers=headers)
    answer.close()
    return answer.status_code


def faults(found: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    assert len(found) >= len(ODD)
    return {name: status for name, status in found.items() if status not in TAKEN}


def test_inviting_a_colleague(app: Flask) -> None:
    """An office of this name once ended in a fault of PostgreSQL."""
    browser = administrator(app)
    assert faults(answers(browser.get(INVITE))) == {}
    assert row_of(app, Account).email == "amina.keita@harbour.example"


def test_acts_on_colleagues(app: Flask) -> None:
    browser = administrator(app)
    invite(browser)
    assert faults(answers(browser.get(LIST), besides=("role", "choice"))) == {}


def test_answers_of_the_profile(app: Flask) -> None:
    browser = administrator(app)
    office = row_of(app, Office).id
    first = next(
        attribute(link, "href") for link in browser.get(f"/organisation/offices/{office}").main.find_all("a", href=True)
        if f"{office}/" in attribute(link, "href")
    )  # fmt: skip
    assert faults(answers(browser.get(first))) == {}


def test_the_phones_pages(app: Flask) -> None:
    someone = linked(app)
    asking(app, someone)
    assert faults(answers(someone.phone.asked(), besides=("assertion", "signature", "number"))) == {}
    assert faults(answers(PageClient(app).get("/phone"), besides=("assertion",))) == {}
    page = place_with_phone(
        PageClient(app), someone.phone, "first-connection", "scan-qr", invited_person(app, "lea.morel")
    )
    phone = Phone(app)
    kinds = ("key_kind", "credential", "public_key")
    assert faults(answers(phone.get(link_on(page)), besides=kinds)) == {}


def test_the_way_without_a_phone(app: Flask) -> None:
    assert faults(answers(PageClient(app).get("/without-phone"), besides=("from", "reason"))) == {}
