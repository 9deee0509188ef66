"""The person's card: where they are stuck, since when, what comes next, and what to say."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.clock import MovableClock
from tests.support.moved import moved, prove_address, walk_migrated
from tests.support.page import Page
from tests.support.page_audit import attribute, words
from tests.support.page_client import PageClient
from tests.support.people import (
    complete,
    completed,
    disable,
    invite,
    next_code,
    place_at,
    reset,
    sign_in,
    sign_out,
    wrong_code,
)
from tests.support.phones import Phone, asking, linked, place_with_phone
from tests.support.rows import change, row_of, rows_of, tables
from wizard.models import Account, Authenticator, Device, Issue

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def stands_at(page: Page) -> tuple[str, str]:
    """How the person stands, and at which step."""
    return attribute(page.main, "data-state"), attribute(page.main, "data-stands-at")


def treads(page: Page) -> dict[str, str]:
    """The state of each tread, by the slug of its step."""
    return {attribute(li, "data-tread"): attribute(li, "data-state") for li in page.soup.select("[data-tread]")}


def tread(page: Page, slug: str) -> str:
    return page.said(f"[data-tread='{slug}']")


def events(page: Page) -> list[str]:
    return [words(item) for item in page.soup.select(".events li")]


def test_the_card_names_the_step_and_since_when(
    app: Flask, client: PageClient, agent: Desk, clock: MovableClock
) -> None:
    client.raw.environ_base["HTTP_USER_AGENT"] = CHROME
    person = invite(app, "amadou.sani", "fr", given_name="Amadou", family_name="Sani")
    page = place_at(client, "first-connection", "enter-password", person)
    clock.advance(minutes=2)
    page.press(password=person.temporary_password)
    clock.advance(minutes=14)
    sign_in(agent.browser, agent.person)
    card = agent.card(person)
    assert card.title == "Amadou Sani"
    assert stands_at(card) == ("here", "choose-authenticator")
    assert card.said(".tag") == "Waits at Way to confirm for 14 minutes"
    assert card.said(".about").startswith("amadou.sani amadou.sani@people.example (verified)")
    assert treads(card) == {
        "prepare": "done", "enter-username": "done", "enter-password": "done", "choose-authenticator": "here",
        "scan-qr": "to-come", "match-number": "to-come", "change-password": "to-come",
    }  # fmt: skip
    assert "by the temporary password" in tread(card, "enter-password")
    assert "Chrome, Windows" in tread(card, "enter-password")
    assert tread(card, "scan-qr") == "QR code not yet"


def test_refusals_are_counted_where_the_person_stands(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    assert person.secret is not None
    clock = app.extensions["perron"].clock
    for _ in range(2):
        page = page.press(code=wrong_code(person.secret, clock))
    card = agent.card(person)
    assert stands_at(card) == ("here", "enter-code")
    assert "refused 2 times" in tread(card, "enter-code")
    assert card.said(".sees .facts").startswith("PageEnter the code from your app Step3 of 3 Error")
    assert "This code does not fit. Wait for the next one in the app and enter that." in card.text
    assert "Wait until the app shows its next 6 digits" in card.said(".say")
    assert any("Was refused at “Code”: wrong code." in line for line in events(card))


def test_what_was_refused_before_the_first_proof_is_found_too(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "enter-password", person)
    page.press(password="not the one in the mail")
    card = agent.card(person)
    assert stands_at(card) == ("here", "enter-password")
    assert "refused 1 time" in tread(card, "enter-password")
    assert "somebody has typed the name, perhaps somebody else" in card.text
    assert "Do not tell it to me" in card.said(".say")
    page = client.get("/first-connection", follow=True)
    page.press(password=person.temporary_password)
    card = agent.card(person)
    assert "perhaps somebody else" not in card.text
    assert any("Was refused at “Password”: wrong password." in line for line in events(card))


def test_the_help_code_of_the_persons_browser_stands_on_the_card(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "choose-authenticator", person)
    code = page.said("[data-help-code]")
    card = agent.card(person)
    assert [words(item) for item in card.soup.select("[data-help-code]")] == [code]
    assert "It proves nothing" in card.text


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("not-invited", "Open our page and enter the email address"),
        ("invited", "Look for our invitation in your mailbox"),
        ("invitation-ended", "Your invitation has ended."),
        ("connected", "Open the sign-in page and enter your user name"),
        ("disabled", "Your account is closed."),
        ("away", "Open the sign-in page again"),
    ],
)
def test_who_has_no_page_open_is_told_apart(app: Flask, agent: Desk, client: PageClient, state: str, says: str) -> None:
    clock = app.extensions["perron"].clock
    if state == "not-invited":
        person = moved(app)
    elif state == "connected":
        person = completed(app)  # type: ignore[assignment]
    else:
        person = invite(app)  # type: ignore[assignment]
    if state == "invitation-ended":
        clock.advance(days=8)
    if state == "disabled":
        disable(app, person)
    if state == "away":
        place_at(client, "first-connection", "choose-authenticator", person)
        clock.advance(hours=3)
    sign_in(agent.browser, agent.person)
    card = agent.card(person)
    assert attribute(card.main, "data-state") == state
    assert says in card.said(".say")
    assert ("here" in treads(card).values()) == (state == "away")


def test_who_began_and_has_no_password_left_needs_a_new_invitation(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    app.extensions["perron"].clock.advance(days=8)
    sign_in(agent.browser, agent.person)
    card = agent.card(person)
    assert attribute(card.main, "data-state") == "invitation-ended"
    assert "I see to it that you get a new one" in card.said(".say")


def test_who_is_signed_in_has_climbed_everything(app: Flask, agent: Desk, client: PageClient) -> None:
    person = complete(client, invite(app), app)
    card = agent.card(person)
    assert stands_at(card) == ("signed-in", "")
    assert set(treads(card).values()) == {"done"}
    assert "a code app" in tread(card, "choose-authenticator")
    assert "No page of a journey is open." in card.text
    sign_out(client)
    assert stands_at(agent.card(person)) == ("connected", "")


def test_where_nobody_can_go_on_the_card_says_so(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "replace-phone", "enter-password", person)
    assert page.press(password=person.password).problem == "no-way-on"
    card = agent.card(person)
    assert attribute(card.main, "data-state") == "no-way-on"
    assert "First I check that it is you" in card.said(".say")
    assert "whom to call" in card.said(".sees")


def test_the_last_page_is_still_a_page(app: Flask, agent: Desk, client: PageClient) -> None:
    person = moved(app)
    page = walk_migrated(client, person)
    assert page.step == "finish"
    card = agent.card(person)
    assert stands_at(card) == ("finished", "finish")
    assert "You are in." in card.said(".say")


def test_somebody_who_waits_for_a_mail_is_found_by_the_mail(app: Flask, agent: Desk, client: PageClient) -> None:
    person = moved(app)
    client.get("/migrated-account", follow=True).press(email=person.email)
    card = agent.card(person)
    assert stands_at(card) == ("here", "verify-email")
    assert "Do not tell me the digits" in card.said(".say")
    assert card.said("[data-mail='mailed_code']").startswith("Code and button")
    assert "•••••• is your code" in card.said("[data-mail='mailed_code']")


def test_a_moved_account_stands_at_its_own_steps(app: Flask, agent: Desk, client: PageClient) -> None:
    person = moved(app)
    assert prove_address(client, person.email).step == "create-password"
    card = agent.card(person)
    assert stands_at(card) == ("here", "create-password")
    assert "Harbour Aid" in card.said(".about")
    assert "by the code in the email" in tread(card, "verify-email")


def test_a_reset_of_the_password_leads_to_the_repair(app: Flask, agent: Desk, client: PageClient) -> None:
    person = complete(client, invite(app), app)
    reset(app, person, "change-password")
    card = agent.card(person)
    assert attribute(card.main, "data-state") == "away"
    assert "A new password" in card.said(".journey")
    assert treads(card)["change-password"] == "undone"
    assert "reset by desk on" in tread(card, "change-password")
    assert "New password was reset on" in card.said("[data-caution='reset']")
    page = client.get("/forgotten-password", follow=True)
    page = page.press(username=person.username) if page.step == "enter-username" else page
    assert stands_at(agent.card(person)) == ("here", page.step)


def test_a_phone_is_followed_from_the_code_to_the_number(app: Flask, agent: Desk, client: PageClient) -> None:
    person, phone = invite(app), Phone(app)
    page = place_with_phone(client, phone, "first-connection", "scan-qr", person)
    assert "point it at the QR code" in agent.card(person).said(".say")
    phone.link(attribute(page.find("[data-qr-link]"), "href"))
    card = agent.card(person)
    assert stands_at(card) == ("here", "match-number")
    page = page.press()
    assert page.step == "match-number"
    card = agent.card(person)
    assert stands_at(card) == ("here", "match-number")
    assert "Do not tell me the number" in card.said(".say")


def test_an_ended_request_has_its_own_sentence(app: Flask, agent: Desk) -> None:
    someone = linked(app)
    asking(app, someone)
    app.extensions["perron"].clock.advance(minutes=6)
    card = agent.card(someone.person)
    assert stands_at(card) == ("here", "match-number")
    assert "Ask for a new number" in card.said(".say")


def test_a_refused_request_and_a_lost_phone_are_cautions(app: Flask, agent: Desk) -> None:
    someone = linked(app)
    asking(app, someone)
    someone.phone.refuse()
    card = agent.card(someone.person)
    assert "“It is not me”" in card.said("[data-caution='not-me']")
    assert any("because somebody answered “It is not me”" in line for line in events(card))


def test_a_phone_that_was_lost_and_is_used_again_is_a_caution(app: Flask, agent: Desk) -> None:
    someone, clock = linked(app), app.extensions["perron"].clock
    bound = row_of(app, Authenticator, account_id=someone.person.account_id)
    change(app, Authenticator, bound.id, ended_at=clock.now(), ended_reason="lost")
    assert not agent.card(someone.person).has("[data-caution='lost-but-used']")
    change(app, Device, str(bound.device_id), last_seen_at=clock.advance(minutes=1))
    assert "used again" in agent.card(someone.person).said("[data-caution='lost-but-used']")


def test_pauses_are_named_with_their_end(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-password", person)
    for number in range(10):
        page = page.press(password=f"guess number {number}")
    card = agent.card(person)
    assert "No password is checked until 9:" in card.said("[data-pause='password']")
    assert "Sign-in is paused until 9:" in card.said(".sees .facts")
    assert "choose a new password by the link there" in card.said(".say")


def test_ways_to_confirm_say_when_they_were_used(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    side = agent.card(person).said(".side")
    assert "Code app amina.keita Set up on Friday 20 November, 9:00, last used on Friday 20 November, 9:0" in side


def test_the_last_ten_events_are_told_newest_first(app: Flask, agent: Desk, client: PageClient) -> None:
    person = complete(client, invite(app), app)
    for _ in range(3):
        sign_out(client)
        sign_in(client, person)
    told = events(agent.card(person))
    assert len(told) == 10
    assert "Signed in." in told[0]


def test_the_card_is_told_in_the_agents_language(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app, language="fr")
    place_at(client, "first-connection", "choose-authenticator", person)
    card = agent.card(person)
    assert attribute(card.find("html"), "lang") == "en"
    assert card.said(".journey") == "Your first connection"
    assert "French" in card.said(".about")
    seen = card.find("iframe")
    assert "sees=fr" in attribute(seen, "src")
    assert "sees=en" in attribute(agent.card(person, "?sees=en").find("iframe"), "src")
    assert agent.card(person).title == card.title, "Looking at another language has changed the agent's own."


def test_the_card_asks_for_a_language_of_the_installation(app: Flask, agent: Desk) -> None:
    person = invite(app)
    assert agent.card(person, "?sees=tlh").status == 400


def test_a_hostile_name_is_text(app: Flask, agent: Desk) -> None:
    hostile = "<script>alert(1)</script> =1+1"
    person = invite(app, given_name=hostile, family_name="{step} {0.__class__}")
    card = agent.card(person)
    assert card.title == f"{hostile} {{step}} {{0.__class__}}"
    assert not card.soup.select("main script, header script")


def test_nobody_else_sees_a_card(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    path = f"/helpdesk/people/{person.account_id}"
    for tail in ("", "/sees"):
        assert PageClient(app).get(path + tail).location == "/sign-in"
    assert PageClient(app).get(f"{path}/state").status == 401
    sign_in(client, person)
    for tail in ("", "/sees", "/state"):
        assert client.get(path + tail).status == 404
    assert agent.browser.get("/helpdesk/people/nobody-at-all").status == 404


def test_who_is_out_of_scope_is_not_found(app: Flask, new_agent: MakeAgent, client: PageClient) -> None:
    narrow = new_agent(role="assist", only_language="fr")
    person, theirs = invite(app, "amina.keita", "en"), invite(app, "lea.morel", "fr")
    place_at(client, "first-connection", "choose-authenticator", person)
    assert narrow.card(theirs).status == 200
    assert narrow.card(person).status == 404
    assert narrow.sees(person).status == 404
    assert narrow.browser.get(f"/helpdesk/people/{person.account_id}/state").status == 404


def test_drawing_a_card_changes_nothing_for_the_person(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    agent.card(person)
    watched = frozenset({"audit_events", "desk_presence", "sessions"})
    before = tables(app, besides=watched)
    agent.card(person)
    agent.sees(person)
    agent.digest(person)
    assert tables(app, besides=watched) == before
    assert rows_of(app, Issue, account_id=person.account_id)[0].ended_at is None
    assert rows_of(app, Account, id=person.account_id)[0].disabled_at is None


def test_a_code_moves_the_card_on(app: Flask, agent: Desk, client: PageClient) -> None:
    person = completed(app)
    assert person.secret is not None
    page = place_at(client, "sign-in", "enter-code", person)
    assert stands_at(agent.card(person)) == ("here", "enter-code")
    page.press(code=next_code(person.secret, app.extensions["perron"].clock))
    assert stands_at(agent.card(person)) == ("signed-in", "")
