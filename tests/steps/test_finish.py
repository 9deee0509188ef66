"""The last page: what was set, where to go on, and the way out on a shared computer."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.moved import arrived
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, completed, invite, place_at, reset
from tests.support.phones import linked
from tests.support.rows import row_of, rows_of, tables
from wizard.models import Outcome, Session


def at_the_end(app: Flask, client: PageClient) -> Page:
    return place_at(client, "first-connection", "finish", invite(app))


def test_it_says_what_was_set_and_how_to_come_back(app: Flask, client: PageClient) -> None:
    page = at_the_end(app, client)
    assert page.choices() == ["portal", "new-session"]
    for said in ("Your password is set.", "Your code app is set up.", "a code from the app"):
        assert said in page.text
    assert page.signed_in


@pytest.mark.settings(second_factor="off")
def test_it_names_no_second_step_where_there_is_none(app: Flask, client: PageClient) -> None:
    page = at_the_end(app, client)
    assert "code app" not in page.text
    assert "user name and password." in page.text


@pytest.mark.parametrize(
    ("journey", "said", "unsaid"),
    [
        ("forgotten-password", "Your new password is set.", "Your code app is set up."),
        ("replace-phone", "Your code app is set up.", "password is set."),
    ],
)
def test_each_journey_says_its_own(app: Flask, client: PageClient, journey: str, said: str, unsaid: str) -> None:
    person = completed(app)
    if journey == "replace-phone":
        reset(app, person, "enter-code")
    page = place_at(client, journey, "finish", person)
    assert said in page.text
    assert unsaid not in page.text


def test_it_is_never_done_and_can_be_loaded_again(app: Flask, client: PageClient) -> None:
    page = at_the_end(app, client)
    before = tables(app)
    assert client.get(page.path).text == page.text
    assert client.get("/first-connection", follow=True).step == "finish"
    assert tables(app) == before


def test_going_on_leads_home_and_keeps_the_session(app: Flask, client: PageClient) -> None:
    assert at_the_end(app, client).press("portal").path == "/account"
    assert row_of(app, Session).revoked_at is None
    assert rows_of(app, Outcome, step="finish")[-1].reason == "portal"


def test_a_new_session_ends_this_one_and_starts_at_the_user_name(app: Flask, client: PageClient) -> None:
    page = at_the_end(app, client).press("new-session")
    assert (page.journey, page.step) == ("sign-in", "enter-username")
    assert row_of(app, Session).revoked_reason == "new-session"
    assert "t" not in client.cookie()
    assert client.get("/first-connection", follow=True).step == "prepare"


@pytest.mark.parametrize(
    ("browser", "said"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
            "Home",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "three dots"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "star"),
        ("something else", "Ctrl"),
        ("", "Ctrl"),
    ],
)
def test_how_to_keep_the_page_fits_the_browser(app: Flask, client: PageClient, browser: str, said: str) -> None:
    page = at_the_end(app, client)
    assert said in client.get(page.path, headers={"User-Agent": browser}).text


@pytest.mark.settings(portal_url="https://portal.tamaris.example/", short_address="tamaris.example/in")
def test_the_portal_and_the_short_address_stand_on_it(app: Flask, client: PageClient) -> None:
    page = at_the_end(app, client)
    assert "Open Tamaris Relief" in page.text
    assert "tamaris.example/in" in page.text


WANTED = "/account/password"


def test_what_was_asked_for_before_is_reached_once(app: Flask, client: PageClient) -> None:
    client.get(WANTED)
    page = at_the_end(app, client)
    assert page.press("portal").path == WANTED
    assert client.get("/first-connection", follow=True).press("portal").path == "/account"


@pytest.mark.settings(portal_url="https://portal.tamaris.example/")
def test_a_later_end_leads_to_the_portal_again(app: Flask, client: PageClient) -> None:
    client.leaves_to.add("https://portal.tamaris.example")
    client.get(WANTED)
    assert at_the_end(app, client).press("portal").path == WANTED
    page = client.get("/first-connection", follow=True)
    assert page.press("portal", follow=False).location == "https://portal.tamaris.example/"


def test_what_was_asked_for_waits_while_something_is_owed(app: Flask, client: PageClient) -> None:
    person = arrived(app)
    reset(app, person, "check-details")
    client.get(WANTED)
    page = place_at(client, "forgotten-password", "finish", person).press("portal")
    assert (page.journey, page.step) == ("migrated-account", "check-details")
    while page.step != "finish":
        page = page.press("skip" if page.step == "keep-recovery-codes" else "continue")
    assert page.press("portal").path == WANTED
    assert client.get("/migrated-account", follow=True).press("portal").path == "/account"


def test_after_a_lost_phone_a_new_password_is_not_the_end(app: Flask, client: PageClient) -> None:
    someone = linked(app)
    place_at(client, "forgotten-password", "match-number", someone.person)
    page = client.get("/without-phone?from=forgotten-password").press(reason="lost")
    page = page.press(code=someone.codes[0]).press(new_password=NEW_PASSWORD)
    assert (page.step, page.title.partition(" – ")[0], page.choices()) == ("finish", "Almost done", ["portal"])
    assert "a new way to confirm that it is you." in page.text
    assert "a number on the phone" not in page.text
    assert page.press("portal").journey == "replace-phone"


@pytest.mark.parametrize("reason", ["new", "broken"])
def test_a_phone_that_is_to_be_replaced_is_not_promised_for_the_next_time(
    app: Flask, client: PageClient, reason: str
) -> None:
    someone = linked(app)
    place_at(client, "forgotten-password", "match-number", someone.person)
    page = client.get("/without-phone?from=forgotten-password").press(reason=reason)
    page = page.press(code=someone.codes[0]).press(new_password=NEW_PASSWORD)
    assert (page.step, page.title.partition(" – ")[0], page.choices()) == ("finish", "Almost done", ["portal"])
    assert "Next: a new way to confirm that it is you." in page.text
    assert "a number on the phone" not in page.text
    assert page.press("portal").journey == "replace-phone"


def test_a_phone_that_is_only_not_here_is_what_confirms_next_time(app: Flask, client: PageClient) -> None:
    someone = linked(app)
    place_at(client, "forgotten-password", "match-number", someone.person)
    page = client.get("/without-phone?from=forgotten-password").press(reason="not-here")
    page = page.press(code=someone.codes[0]).press(new_password=NEW_PASSWORD)
    assert "a number on the phone." in page.text
    assert page.press("portal").page == "account"
