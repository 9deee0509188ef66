"""The guide is drawn from the steps that people walk, so it cannot say anything else."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import invite, place_at
from tests.support.phones import Phone, place_with_phone
from wizard.journeys import JOURNEYS


@pytest.mark.parametrize("name", sorted(JOURNEYS))
def test_every_journey_has_a_guide_with_all_its_steps_in_order(client: PageClient, name: str) -> None:
    page = client.get(f"/guide/{name}")
    titles = [str(step.guide.title) for step in JOURNEYS[name].steps]
    found = [page.text.index(title) for title in titles]
    assert page.status == 200
    assert found[0] < found[-1]
    for step in JOURNEYS[name].steps:
        assert all(str(action) in page.text for action in step.guide.actions), step.name


def test_the_page_of_a_step_is_titled_as_the_guide_titles_it(app: Flask, client: PageClient) -> None:
    """With a code app and with a phone: between the two, every step is seen."""
    journey = JOURNEYS["first-connection"]
    phone, computer = Phone(app), PageClient(app)
    amina, lea = invite(app), invite(app, "lea.morel")
    of_phones, of_code_apps = {"scan-qr", "match-number"}, {"enter-code"}
    for step in journey.steps:
        if step.slug not in of_phones:
            page = place_at(client, journey.name, step.slug, amina)
            assert page.title.startswith(str(step.guide.title))
        if step.slug not in of_code_apps:
            page = place_with_phone(computer, phone, journey.name, step.slug, lea)
            assert page.title.startswith(str(step.guide.title))
    assert of_phones | of_code_apps <= {step.slug for step in journey.steps}


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_the_guide_has_none(client: PageClient) -> None:
    page = client.get("/guide/first-connection")
    assert str(JOURNEYS["first-connection"].step_named("choose_authenticator").guide.title) not in page.text
    assert str(JOURNEYS["first-connection"].step_named("change_password").guide.title) in page.text


def test_it_speaks_the_readers_language(app: Flask) -> None:
    page = PageClient(app, language="fr").get("/guide/first-connection")
    assert page.find("html")["lang"] == "fr"
    english = [str(step.guide.title) for step in JOURNEYS["first-connection"].steps]
    assert not any(title in page.text for title in english)


def test_it_needs_no_session_and_holds_no_form_of_a_step(app: Flask, client: PageClient) -> None:
    page = client.get("/guide/first-connection")
    assert page.soup.select("main input:not([type=hidden])") == []


def test_every_step_page_links_to_its_guide(app: Flask, client: PageClient) -> None:
    page = place_at(client, "sign-in", "enter-password", invite(app))
    assert page.has("a[href='/guide/sign-in']")


@pytest.mark.parametrize("journey", sorted(JOURNEYS))
def test_each_step_can_be_linked_to(client: PageClient, journey: str) -> None:
    page = client.get(f"/guide/{journey}")
    assert {section["id"] for section in page.soup.select("section.entry")} == {
        step.slug for step in JOURNEYS[journey].steps
    }
