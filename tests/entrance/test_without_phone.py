""" "I cannot use my phone": what happened decides the way on, and the journey that was left for it is kept."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD
from tests.support.phones import Linked, Phone, PhoneWalk, asking, linked, place_with_phone
from tests.support.rows import row_of, rows_of
from wizard.models import Authenticator

REASONS = ["not-here", "new", "broken", "lost"]


def left(app: Flask, someone: Linked, journey: str = "forgotten-password") -> Page:
    """The page behind "I cannot use my phone", opened where the number is shown."""
    page = place_with_phone(PageClient(app), someone.phone, journey, "match-number", someone.person)
    return page.open("I cannot use my phone")


@pytest.mark.parametrize("journey", ["sign-in", "forgotten-password"])
def test_back_leads_to_where_one_was(app: Flask, journey: str) -> None:
    page = left(app, linked(app), journey)
    assert page.page == "without-phone"
    back = page.open("Back")
    assert (back.journey, back.step) == (journey, "match-number")


def test_who_came_from_nowhere_goes_back_to_the_front_page(client: PageClient) -> None:
    assert client.get("/without-phone").open("Back").page == "front"


@pytest.mark.parametrize("reason", REASONS)
def test_a_forgotten_password_is_still_chosen(app: Flask, reason: str) -> None:
    someone = linked(app)
    page = left(app, someone).press(reason=reason)
    assert (page.journey, page.step) == ("forgotten-password", "use-recovery-code")
    page = page.press(code=someone.codes[0])
    assert page.step == "change-password"
    assert page.press(new_password=NEW_PASSWORD).step == "finish"


@pytest.mark.parametrize("reason", ["new", "broken", "lost"])
def test_after_the_password_the_phone_is_replaced(app: Flask, reason: str) -> None:
    someone, new = linked(app), Phone(app)
    page = left(app, someone).press(reason=reason).press(code=someone.codes[0]).press(new_password=NEW_PASSWORD)
    page = page.press("portal")
    assert (page.journey, page.step) == ("replace-phone", "choose-authenticator")
    done = PhoneWalk(page.client, new, someone.person).until(page, "finish")
    assert done.press("portal").page == "account"
    old, bound = rows_of(app, Authenticator)
    assert (old.ended_at is not None, bound.ended_at) == (True, None)


def test_a_phone_that_is_only_not_here_is_still_linked_after_the_new_password(app: Flask) -> None:
    someone = linked(app)
    page = left(app, someone).press(reason="not-here").press(code=someone.codes[0])
    done = page.press(new_password=NEW_PASSWORD)
    assert done.step == "finish"
    assert row_of(app, Authenticator).ended_at is None


@pytest.mark.parametrize("reason", REASONS)
def test_without_codes_only_the_helpdesk_helps_with_the_forgotten_password(app: Flask, reason: str) -> None:
    page = left(app, linked(app, keeps=False)).press(reason=reason)
    assert (page.status, page.problem) == (403, "no-way-on")
    assert row_of(app, Authenticator).ended_at is None


def test_a_phone_that_is_not_here_and_no_code_leads_to_the_helpdesk_too(app: Flask) -> None:
    page = left(app, linked(app, keeps=False), "sign-in").press(reason="not-here")
    assert (page.status, page.problem) == (403, "no-way-on")


@pytest.mark.parametrize("came_from", ["first-connection", "/evil", "//evil.example", "account"])
def test_it_leads_back_to_journeys_that_ask_for_a_phone_only(app: Flask, client: PageClient, came_from: str) -> None:
    asking(app, linked(app))
    assert client.get(f"/without-phone?from={came_from}").status == 400
    client.get("/without-phone")
    assert client.post("/without-phone", {"reason": "not-here", "from": came_from}).status == 400
