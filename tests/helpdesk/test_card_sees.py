"""What the person sees now: the real page of their step, by its own template, inert."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from tests.entrance.test_without_phone import last_code, unused
from tests.helpdesk.conftest import Desk
from tests.support.clock import MovableClock
from tests.support.moved import arrived, moved
from tests.support.page import Page
from tests.support.page_audit import attribute, look_at, words
from tests.support.page_client import PageClient
from tests.support.people import Completed, Walk, completed, invite, mailed_button, place_at, sign_in
from tests.support.phones import PasskeyPhone, Phone, PhoneWalk, asking, link_on, linked, place_with_phone
from tests.support.rows import beside
from wizard.domain.assurance import Facts
from wizard.extensions import tools
from wizard.journeys import JOURNEYS, drawing
from wizard.journeys.model import Journey, Step
from wizard.journeys.progress import Progress
from wizard.models import Session, db, write

ANDROID = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
EVERY_STEP = [
    pytest.param(journey, step, id=f"{journey.name}-{step.slug}")
    for journey in JOURNEYS.values()
    for step in journey.steps
]


def page_row(card: Page) -> str:
    """What the card calls the page that is open."""
    return words(card.find(".sees .facts dd"))


def times_of(step: Step) -> dict[str, object]:
    """The one thing that a specimen lacks: until when its request is good."""
    return {"ends": tools().clock.now()} if step.slug == "match-number" else {}


def heads(page: Page) -> tuple[str, str | None, str | None]:
    """What tells one page from another: its heading, its step, its place on the stair."""
    return page.title, page.step, page.progress


@pytest.mark.parametrize("factor", ["code-app", "phone"])
@pytest.mark.parametrize("journey", ["first-connection", "migrated-account"])
def test_it_is_the_page_that_is_open(app: Flask, agent: Desk, client: PageClient, journey: str, factor: str) -> None:
    person = moved(app) if journey == "migrated-account" else invite(app)
    walk = PhoneWalk(client, Phone(app), person) if factor == "phone" else Walk(client, person)
    page, compared = client.get(f"/{journey}", follow=True), []
    while True:
        seen = agent.sees(person)
        if seen.status == 200 and agent.card(person).main.get("data-state") in {"here", "finished"}:
            assert heads(seen) == heads(page)
            compared.append(page.step)
        if page.step == "finish":
            break
        page = walk.answer(page)
    assert len(compared) >= 5, compared
    assert compared[-1] == "finish"


@pytest.mark.parametrize("make", [completed, arrived], ids=["by a user name", "by an address"])
def test_it_says_the_error_that_the_page_says(
    app: Flask, agent: Desk, client: PageClient, make: Callable[[Flask], Completed]
) -> None:
    person = make(app)
    page = place_at(client, "sign-in", "enter-password", person)
    for _ in range(3):
        page = page.press(password=f"a wrong one, number {_}")
    seen = agent.sees(person)
    assert seen.refused == page.refused == "wrong-password"
    assert seen.errors == page.errors
    assert words(seen.find("[data-error-summary]")) == words(page.find("[data-error-summary]"))


def test_who_is_asked_for_a_mailed_code_by_address_is_seen_so(app: Flask, agent: Desk, client: PageClient) -> None:
    person = arrived(app)
    page = client.get("/forgotten-password", follow=True).press(username=person.email)
    assert page.step == "verify-email"
    assert agent.sees(person).said("main") == page.said("main")


def test_a_qr_code_that_follows_another_is_seen_as_a_new_one(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person).press("code-app")
    assert "This QR code is new." not in agent.sees(person).text
    page = client.get("/first-connection/choose-authenticator").press("code-app")
    assert "This QR code is new." in page.text
    assert "This QR code is new." in agent.sees(person).text


def test_what_is_said_of_the_last_recovery_code_is_seen(app: Flask, agent: Desk) -> None:
    someone = linked(app)
    page = last_code(app, someone, "sign-in", "new").press(code="")
    assert agent.sees(someone.person).said("main .notice") == page.said("main .notice")
    assert "This is your last code." in page.said("main .notice")


def test_why_an_email_comes_after_the_last_code_is_seen(app: Flask, agent: Desk, clock: MovableClock) -> None:
    someone = linked(app)
    page = unused(app, someone, last_code(app, someone, "sign-in", "new"))
    assert agent.sees(someone.person).said("main") == page.said("main")
    clock.advance(hours=1)
    page = place_at(page.client, "sign-in", "enter-password", someone.person).press(password=someone.person.password)
    assert "confirms nothing any more." in page.said("main")
    sign_in(agent.browser, agent.person)
    assert agent.sees(someone.person).said("main") == page.said("main")


def test_the_error_goes_with_the_next_look_of_the_person(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-password", person)
    page = page.press(password="a wrong one to begin with")
    page.press(password=person.password)
    assert agent.sees(person).refused is None


@pytest.mark.parametrize(("language", "title"), [("en", "Choose how to confirm that it is you"), ("fr", None)])
def test_it_is_drawn_in_the_language_that_is_asked_for(
    app: Flask, agent: Desk, client: PageClient, language: str, title: str | None
) -> None:
    person = invite(app, language="fr")
    place_at(client, "first-connection", "choose-authenticator", person)
    seen = agent.sees(person, language)
    assert attribute(seen.find("html"), "lang") == language
    theirs = PageClient(app, language="fr").get("/guide/first-connection").text
    assert seen.title == title if title else seen.title in theirs
    assert agent.card(person).find("html")["lang"] == "en"


def test_it_can_be_looked_at_and_nothing_else(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    seen = agent.sees(person)
    assert seen.find("body").has_attr("inert")
    assert not seen.soup.select("script, form[method], form[action], [formaction], input[type=hidden]")
    policy = seen.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    card = agent.card(person)
    assert "frame-ancestors 'none'" in card.headers["Content-Security-Policy"]
    frame = card.find("iframe")
    assert attribute(frame, "sandbox") == "allow-same-origin"
    assert attribute(frame, "title")


def test_but_for_its_frame_it_is_a_page_like_all(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    seen = agent.sees(person)
    faults = look_at(seen.url, seen.status, seen.headers, seen.html)
    assert faults == ["Content-Security-Policy needs frame-ancestors 'none' (SEC-37)."]


def test_the_help_code_in_it_is_the_persons(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "choose-authenticator", person)
    seen = agent.sees(person)
    assert seen.said("[data-help-code]") == page.said("[data-help-code]")
    assert not seen.signed_in


def test_the_phone_that_has_come_is_seen(app: Flask, agent: Desk, client: PageClient) -> None:
    person, phone = invite(app), Phone(app)
    page = place_with_phone(client, phone, "first-connection", "scan-qr", person)
    seen = agent.sees(person)
    assert words(seen.find("[data-ends]")) == words(page.find("[data-ends]"))
    app.extensions["perron"].clock.advance(minutes=11)
    assert "The QR code has run out." in agent.sees(person).text
    phone.link(link_on(client.get(page.path)))
    assert heads(agent.sees(person)) == heads(client.get("/first-connection", follow=True))


def test_who_reads_it_on_the_phone_itself_is_seen_so(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    place_with_phone(client, Phone(app), "first-connection", "scan-qr", person)
    beside(app, on_a_phone)
    page = client.get("/first-connection/scan-qr", headers={"User-Agent": ANDROID})
    assert heads(agent.sees(person)) == heads(page)


def test_what_is_said_is_of_the_page_as_it_stands_on_a_phone(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    """There the phone's own way comes first, also when the QR code has run out, and after a press in vain."""
    person = invite(app)
    client.raw.environ_base["HTTP_USER_AGENT"] = ANDROID
    page = place_with_phone(client, Phone(app), "first-connection", "scan-qr", person)
    for turn in ("fresh", "refused", "run out"):
        if turn == "refused":
            page = page.press("continue")
            assert page.refused == "not-yet"
        elif turn == "run out":
            clock.advance(minutes=11)
            page = client.get(page.path)
        card = agent.card(person)
        said = card.said(".say")
        assert "Press “I am on my phone now”" in said
        assert "computer" not in said
        assert "the camera" not in said
        assert page_row(card) == page.title == "Use this phone"
        assert page.main.find("button", attrs={"value": "phone"}) is not None
        assert heads(agent.sees(person)) == heads(page)


def test_who_confirms_on_the_very_phone_is_told_and_seen_so(app: Flask, agent: Desk) -> None:
    person, phone = invite(app), PasskeyPhone(app)
    phone.raw.environ_base["HTTP_USER_AGENT"] = ANDROID
    page = place_at(phone, "first-connection", "scan-qr", person, factor="phone")
    asked = page.press("phone")
    asked.press("link", **phone.key_fields(asked))
    page = phone.get("/first-connection", follow=True)
    assert (page.step, page.title) == ("match-number", "Confirm on this phone")
    assert heads(agent.sees(person)) == heads(page)
    assert not agent.sees(person).has("[data-number]")
    card = agent.card(person)
    assert "Press “Confirm on this phone”" in card.said(".say")
    assert page_row(card) == page.title


def on_a_phone() -> None:
    with write():
        db.session.execute(update(Session).values(browser=ANDROID))


def test_a_request_that_has_run_out_is_seen(app: Flask, agent: Desk) -> None:
    someone = linked(app)
    page = asking(app, someone)
    assert words(agent.sees(someone.person).find("[data-ends]")) == words(page.find("[data-ends]"))
    app.extensions["perron"].clock.advance(minutes=6)
    assert agent.sees(someone.person).title == page.client.get(page.path).title == "This request has ended"


def test_a_password_that_is_asked_for_once_more_is_seen_as_such(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = moved(app)
    place_at(client, "migrated-account", "check-details", person)
    clock.advance(minutes=16)
    sign_in(agent.browser, agent.person)
    page = client.get("/migrated-account", follow=True)
    assert (page.step, "asked for once more" in page.text) == ("enter-password", True)
    assert agent.sees(person).said("main") == page.said("main")


def test_it_is_seen_that_the_person_went_on_in_another_browser(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    """The other browser has signed out since, so the window that waits is what the person has open."""
    person = completed(app)
    place_at(client, "forgotten-password", "verify-email", person).press("resend")
    other = PageClient(app)
    clock.advance(minutes=2)
    other.get(mailed_button(app, person)).press("yes")
    clock.advance(minutes=1)
    other.post("/sign-out")
    page = client.get("/forgotten-password", follow=True)
    assert page.title.startswith("You went on elsewhere")
    seen = agent.sees(person)
    assert (heads(seen), seen.said("main")) == (heads(page), page.said("main"))
    assert "go on there" in agent.card(person).said(".say")


@pytest.mark.settings(mailed_sends_a_day=2)
def test_it_is_seen_from_when_on_another_email_can_be_asked_for(app: Flask, agent: Desk, client: PageClient) -> None:
    """Also where the day's emails are used up, and not those of a short while."""
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person).press("resend")
    when = "You can ask for a new email from Saturday 21 November, 9:00 on."
    assert when in page.text
    assert when in agent.sees(person).text


def test_who_is_at_no_step_has_no_page(app: Flask, agent: Desk) -> None:
    assert agent.sees(completed(app)).status == 404


@pytest.mark.parametrize(("journey", "step"), EVERY_STEP)
def test_every_step_can_be_drawn_by_its_specimen(app: Flask, journey: Journey, step: Step) -> None:
    def draw() -> str:
        now = tools().clock.now()
        facts = Facts(account=None, proofs=(), pending=(), policy="required", now=now)
        progress = Progress(facts, journey.name, enrols=journey.enrols, renews=journey.renews)
        with app.test_request_context(f"/{journey.name}/{step.slug}"):
            return drawing.draw_specimen(
                journey, step, progress, language="fr", live=times_of(step), help_code="K7-42Q"
            )

    drawn = beside(app, draw)
    assert "<body inert" in drawn
    assert 'lang="fr"' in drawn
    assert f'data-step="{step.slug}"' in drawn
    assert "K7-42Q" in drawn
    assert "<script" not in drawn
