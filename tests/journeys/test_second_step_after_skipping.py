"""Who skipped the second step, or was never asked for one, sets it up later by replace-phone."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import complete, invite, place_at, walk_through


@pytest.mark.parametrize(
    "factor",
    [
        pytest.param("skip", id="offered", marks=pytest.mark.settings(second_factor="offered")),
        pytest.param("none", id="off", marks=pytest.mark.settings(second_factor="off")),
    ],
)
def test_a_second_step_can_be_set_up_later(app: Flask, client: PageClient, factor: str) -> None:
    person = complete(client, invite(app), app, factor=factor)
    assert person.secret is None
    page = place_at(client, "replace-phone", "choose-authenticator", person)
    assert page.choices() == ["code-app"]
    walk_through(client, "replace-phone", person)
    home = client.get("/account")
    assert home.signed_in
    assert "Code app" in home.text


@pytest.mark.settings(second_factor="offered")
def test_who_came_to_set_it_up_cannot_skip_it_by_a_raw_post(app: Flask, client: PageClient) -> None:
    person = complete(client, invite(app), app, factor="skip")
    place_at(client, "replace-phone", "choose-authenticator", person)
    page = client.post("/replace-phone/choose-authenticator", {"choice": "skip"})
    assert page.status == 422
    assert page.refused == "not-allowed"
