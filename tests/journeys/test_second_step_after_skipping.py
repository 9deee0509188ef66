"""Who skipped the second step, or was never asked for one, sets it up later by replace-phone."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, complete, invite, place_at, walk_through


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
    assert "skip" not in page.choices()
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


@pytest.mark.parametrize(
    "factor",
    [
        pytest.param("skip", id="offered", marks=pytest.mark.settings(second_factor="offered")),
        pytest.param("none", id="off", marks=pytest.mark.settings(second_factor="off")),
    ],
)
def test_adding_a_way_without_having_one_leads_to_the_choice(app: Flask, client: PageClient, factor: str) -> None:
    complete(client, invite(app), app, factor=factor)
    page = client.get("/account/ways/add", follow=True)
    while page.step in {"enter-password", "verify-email"}:
        page = page.press(**fields_of(app, page.step))
    assert (page.journey, page.step) == ("replace-phone", "choose-authenticator")


def fields_of(app: Flask, step: str) -> dict[str, Any]:
    if step == "enter-password":
        return {"password": PASSWORD}
    return {"code": str(Mailbox(app).newest("mailed_code").code)}
