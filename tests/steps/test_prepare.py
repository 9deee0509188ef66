"""What somebody is told before the first step, and when the page is passed over."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, press_button, sign_in
from tests.support.rows import tables

FIRST = "/first-connection/prepare"


def test_the_page_says_what_is_needed_and_leads_on(client: PageClient) -> None:
    page = client.get("/first-connection", follow=True)
    assert (page.step, page.progress) == ("prepare", "1/7")
    assert "camera" in page.text
    assert "code app" in page.text
    assert page.has("a[href='/guide/first-connection']")
    assert page.press().step == "enter-username"


def test_reading_it_writes_nothing(app: Flask, client: PageClient) -> None:
    before = tables(app, besides=frozenset({"outcomes"}))
    client.get(FIRST).press()
    assert tables(app, besides=frozenset({"outcomes"})) == before


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_none_is_announced(client: PageClient) -> None:
    text = client.get("/first-connection", follow=True).text
    assert "camera" not in text
    assert "code app" not in text


def test_who_came_by_the_button_needs_no_letter_at_hand(app: Flask, client: PageClient) -> None:
    with_letter = PageClient(app).get(FIRST).text
    page = press_button(client, invite(app))
    assert page.step == "prepare"
    assert "temporary password" in with_letter
    assert "temporary password" not in page.text


def test_it_is_read_once_in_a_browser(client: PageClient) -> None:
    client.get(FIRST).press()
    assert client.get("/first-connection", follow=True).step == "enter-username"
    assert client.get(FIRST).status == 200


def test_another_browser_reads_it_until_something_lasting_is_set_up(app: Flask) -> None:
    person = invite(app)
    place_at(PageClient(app), "first-connection", "choose-authenticator", person)
    assert press_button(PageClient(app), person).step == "prepare"
    place_at(PageClient(app), "first-connection", "change-password", person)
    assert press_button(PageClient(app), person).step == "enter-code"


def test_who_has_finished_never_sees_it_again(app: Flask, client: PageClient) -> None:
    sign_in(client, completed(app))
    assert client.get(FIRST).location == "/first-connection/finish"
