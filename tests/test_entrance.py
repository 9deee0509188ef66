"""The front page and what stands beside it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, sign_in
from tests.support.rows import rows_of
from wizard.models import AuditEvent, Session


def test_three_entries_lead_where_they_say(client: PageClient) -> None:
    assert client.get("/").open("Sign in").step == "enter-username"
    assert client.get("/").open("First time here").page == "first-time"
    assert client.get("/").open("Guide").status == 200


def test_who_is_here_for_the_first_time_finds_the_first_step(client: PageClient) -> None:
    page = client.get("/first-time").open("I have a user name or an invitation")
    assert (page.journey, page.step) == ("first-connection", "prepare")


def test_no_tutorial_is_offered_unless_there_is_one(client: PageClient) -> None:
    assert "See the tutorial" not in client.get("/").text


@pytest.mark.settings(tutorial_url="https://tamaris.example/tutorial", purpose_text="One way in.")
def test_the_installations_tutorial_and_purpose_are_shown(client: PageClient) -> None:
    page = client.get("/")
    assert page.link("See the tutorial") == "https://tamaris.example/tutorial"
    assert "One way in." in page.text


def test_signing_out_needs_a_press(app: Flask, client: PageClient) -> None:
    sign_in(client, completed(app))
    assert client.get("/sign-out").status == 405
    assert client.get("/account").status == 200


def test_signing_out_says_so_and_leaves_its_trail(app: Flask, client: PageClient) -> None:
    sign_in(client, completed(app))
    page = client.get("/account").press(in_form="form[action='/sign-out']")
    assert (page.status, page.signed_in) == (200, False)
    assert len(rows_of(app, AuditEvent, kind="signed-out")) == 1


def test_signing_out_without_a_session_does_no_harm(app: Flask, client: PageClient) -> None:
    client.get("/")
    assert client.post("/sign-out").status == 200
    assert rows_of(app, AuditEvent) == []


def test_a_session_half_way_can_be_ended_too(app: Flask, client: PageClient) -> None:
    place_at(client, "first-connection", "choose-authenticator", invite(app))
    assert client.post("/sign-out").status == 200
    assert [row.revoked_reason for row in rows_of(app, Session)] == ["sign-out"]
    assert client.get("/first-connection", follow=True).step == "prepare"


def test_password_managers_find_the_page(app: Flask, client: PageClient) -> None:
    answer = client.get("/.well-known/change-password")
    assert (answer.status, answer.location) == (302, "/account/password")


def test_reading_the_front_page_writes_nothing(app: Flask, client: PageClient) -> None:
    for path in ("/", "/first-time", "/sign-in/enter-username", "/guide/first-connection"):
        client.get(path)
    assert rows_of(app, Session) == []
    assert rows_of(app, AuditEvent) == []
