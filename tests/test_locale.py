"""Which language a page speaks, and what its clock shows."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, press_button, sign_in


def language_of(client: PageClient, path: str = "/") -> str:
    return str(client.get(path).find("html")["lang"])


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9", "fr"),
        ("de,fr;q=0.5", "fr"),
        ("de", "en"),
        ("", "en"),
        ("en;q=0.1,fr;q=0.9", "fr"),
        (";;;", "en"),
    ],
)
def test_the_browser_is_asked_first(app: Flask, accepted: str, spoken: str) -> None:
    assert language_of(PageClient(app, language=accepted)) == spoken


@pytest.mark.settings(languages="fr,en")
def test_who_speaks_none_of_them_gets_the_installations_first(app: Flask) -> None:
    assert language_of(PageClient(app, language="de")) == "fr"


def test_a_choice_from_the_menu_is_kept_and_leads_back(app: Flask, client: PageClient) -> None:
    client.get("/first-time")
    answer = client.post("/language", {"language": "fr", "next": "/first-time"})
    assert (answer.status, answer.location) == (303, "/first-time")
    assert language_of(client, "/sign-in/enter-username") == "fr"


@pytest.mark.parametrize(
    "place", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", "/a\nb"]
)
def test_the_menu_leads_nowhere_else(client: PageClient, place: str) -> None:
    client.get("/")
    assert client.post("/language", {"language": "fr", "next": place}).location == "/"


@pytest.mark.parametrize("tag", ["xx", "", "EN", "../fr"])
def test_a_language_that_is_not_offered_is_refused(client: PageClient, tag: str) -> None:
    client.get("/")
    assert client.post("/language", {"language": tag}).status == 400
    assert language_of(client) == "en"


def test_a_link_may_say_the_language_and_it_is_kept(client: PageClient) -> None:
    assert language_of(client, "/?language=fr") == "fr"
    assert language_of(client, "/first-time") == "fr"
    assert language_of(client, "/?language=xx") == "fr"


def test_the_account_speaks_where_the_browser_has_not_chosen(app: Flask, client: PageClient) -> None:
    press_button(client, invite(app, language="fr"))
    assert language_of(client, "/first-connection/prepare") == "fr"


def test_what_was_chosen_wins_over_the_account(app: Flask, client: PageClient) -> None:
    client.get("/?language=en")
    press_button(client, invite(app, language="fr"))
    assert language_of(client, "/first-connection/prepare") == "en"


def test_the_language_stays_when_everything_else_is_forgotten(app: Flask, client: PageClient) -> None:
    client.get("/?language=fr")
    sign_in(client, completed(app))
    client.get("/account").press(in_form="form[action='/sign-out']")
    assert language_of(client) == "fr"


@pytest.mark.settings(time_zone="Asia/Kathmandu")
def test_times_are_shown_by_the_installations_clock(app: Flask, client: PageClient, clock: MovableClock) -> None:
    page = place_at(client, "forgotten-password", "verify-email", completed(app))
    asked = page.find("main time")
    assert asked["datetime"] == clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "14:45" in page.text or "2:45" in page.text  # 9:00 UTC


def test_both_languages_are_offered_by_their_own_names(client: PageClient) -> None:
    page = client.get("/")
    assert "English" in page.html
    assert "Français" in page.html
