"""The queue's page: who is stuck the longest, of whom the agent sees, and the messages of people without an account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.support.clock import START, MovableClock
from tests.support.moved import add_moved
from tests.support.page import Page
from tests.support.page_audit import words
from tests.support.page_client import PageClient
from tests.support.people import InvitedPerson, complete, completed, invite, place_at, press_button, sign_in
from tests.support.rows import beside, change, row_of, rows_of
from wizard.domain import desk_words
from wizard.domain.secrets_made import new_id
from wizard.helpdesk import card_words, funnel_words
from wizard.models import Account, AuditEvent, DeskRequest, Outcome, write

QUEUE = "/helpdesk/queue"


def stuck(page: Page) -> list[str]:
    """The names in the list, in order."""
    return [words(name) for name in page.soup.select("[data-stuck] a")]


def stand_at(app: Flask, step: str, username: str, **fields: str) -> InvitedPerson:
    """Somebody invited who walks to `step` and stays there."""
    person = invite(app, username, given_name=username.split(".", maxsplit=1)[0].title(), family_name="", **fields)
    place_at(PageClient(app), "first-connection", step, person)
    return person


def wait_for_help(app: Flask, **fields: object) -> str:
    """A message to the helpdesk; returns its id."""
    row = {
        "id": new_id(), "kind": "no-account", "address": "sana@harbour.example", "address_key": "sana@harbour.example",
        "organisation_kind": "national-ngo", "language": "en", "help_code": "K7-42Q", "created_at": START,
    }  # fmt: skip

    def act() -> None:
        with write() as session:
            session.add(DeskRequest(**(row | fields)))

    beside(app, act)
    return str((row | fields)["id"])


def test_the_longest_stuck_comes_first_with_step_and_time(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    stand_at(app, "change-password", "amina.keita")
    clock.advance(minutes=20)
    stand_at(app, "enter-code", "ben.ali")
    clock.advance(minutes=10)
    stand_at(app, "enter-code", "chen.wu")
    clock.advance(minutes=9)
    page = new_agent().browser.get(QUEUE)
    assert page.page == "helpdesk-queue"
    assert stuck(page) == ["Amina", "Ben"], "Who went on 9 minutes ago is not stuck."
    rows = [words(row) for row in page.soup.select("[data-stuck] > li")]
    assert "New password" in rows[0]
    assert "40 minutes" in rows[0]
    assert "20 minutes" in rows[1]


def test_who_stands_at_the_code_app_is_not_told_to_be_at_the_qr_code(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    stand_at(app, "enter-code", "amina.keita")
    invited = invite(app, "ben.ali")
    place_at(PageClient(app), "first-connection", "scan-qr", invited, factor="phone")
    clock.advance(minutes=11)
    page = new_agent().browser.get(QUEUE)
    assert sorted(str(row["data-step"]) for row in page.soup.select("[data-stuck] > li")) == ["match-number", "scan-qr"]


def test_a_refusal_is_told_with_its_reason(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    person = invite(app)
    browser = PageClient(app)
    place_at(browser, "first-connection", "enter-code", person).press(code="000000")
    clock.advance(minutes=11)
    assert "Refused: wrong code" in new_agent().browser.get(QUEUE).text


def test_who_only_pressed_the_button_has_begun(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    press_button(PageClient(app), invite(app))
    clock.advance(minutes=11)
    page = new_agent().browser.get(QUEUE)
    assert [row["data-step"] for row in page.soup.select("[data-stuck] > li")] == ["choose-authenticator"]


def test_who_has_arrived_has_not_begun_is_closed_or_came_weeks_ago_is_not_there(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    stand_at(app, "change-password", "long.ago")
    clock.advance(days=14)
    complete(PageClient(app), invite(app, "amina.keita"), app)
    invite(app, "ben.ali")
    closed = stand_at(app, "enter-code", "chen.wu")
    change(app, Account, closed.account_id, disabled_at=clock.now())
    clock.advance(hours=1)
    page = new_agent().browser.get(QUEUE)
    assert stuck(page) == []
    assert "Nobody whom you see is stuck" in page.text


def test_who_was_in_before_and_does_not_get_in_now_is_there_until_they_do(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    person = completed(app, "amina.keita")
    client = PageClient(app)
    client.get("/sign-in", follow=True).press(username=person.username).press(password=person.password)
    clock.advance(minutes=11)
    queue = new_agent().browser
    assert [row["data-step"] for row in queue.get(QUEUE).soup.select("[data-stuck] > li")] == ["match-number"]
    sign_in(PageClient(app), person)
    clock.advance(minutes=11)
    assert stuck(queue.get(QUEUE)) == []


def test_who_is_signed_in_is_not_stuck_whatever_is_refused(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    person, client = completed(app, "amina.keita"), PageClient(app)
    sign_in(client, person)
    refused = client.get("/account/password").press(current_password="not it", new_password="another long enough one")
    assert refused.status == 422
    clock.advance(minutes=11)
    assert stuck(new_agent().browser.get(QUEUE)) == []


def test_step_language_and_organisation_narrow_the_list(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    stand_at(app, "change-password", "amina.keita")
    stand_at(app, "enter-code", "ben.ali", language="fr")
    moved = beside(app, lambda: add_moved("sana@harbour.example", organisation="Harbour Aid"))
    place_at(PageClient(app), "migrated-account", "create-password", moved)
    clock.advance(minutes=30)
    browser = new_agent().browser
    assert len(stuck(browser.get(QUEUE))) == 3
    assert stuck(browser.get(f"{QUEUE}?step=change-password")) == ["Amina"]
    assert stuck(browser.get(f"{QUEUE}?reads=fr")) == ["Ben"]
    page = browser.get(f"{QUEUE}?organisation=harb")
    assert len(stuck(page)) == 1
    assert "Harbour Aid" in page.text
    assert browser.get(f"{QUEUE}?organisation=nowhere").refused == "no-organisation"
    narrowed = browser.get(f"{QUEUE}?step=change-password")
    counts = [words(link) for link in narrowed.soup.select("[data-counts] a:not([data-all])")]
    assert sorted(counts) == ["First password 1", "New password 1", "Number or code 1"]
    assert len(stuck(narrowed.open("All steps"))) == 3
    assert not browser.get(QUEUE).has("[data-all]")


def test_one_step_has_one_short_name_and_no_two_have_the_same(app_context: Flask) -> None:
    """Agents speak of steps by these words: on the card, in the queue and in the figures."""
    for table in (desk_words.STEP_WORDS, desk_words.TREAD_WORDS):
        said = [str(word) for word in table.values()]
        assert len(set(said)) == len(said)
        assert all(len(word.split()) <= 4 for word in said)
    assert str(funnel_words.step_word("change-password")) == str(card_words.step_words("change-password"))


def test_a_page_holds_fifty_and_the_next_one_the_rest(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    first = stand_at(app, "enter-code", "amina.keita")
    clock.advance(seconds=1)
    for number in range(60):
        person = invite(app, f"person{number}", given_name=f"P{number:02}", family_name="")
        account = person.account_id

        def act(account: str = account) -> None:
            with write() as session:
                session.add(
                    Outcome(
                        at=clock.now(),
                        journey="first-connection",
                        step="enter-password",
                        result="done",
                        account_id=account,
                        help_code="AA-001",
                    )
                )
                session.execute(update(Account).where(Account.id == account).values(under_way_since=clock.now()))

        beside(app, act)
        clock.advance(seconds=1)
    clock.advance(minutes=11)
    browser = new_agent().browser
    one = browser.get(QUEUE)
    two = one.open("More people")
    assert (len(stuck(one)), len(stuck(two))) == (50, 11)
    assert stuck(one)[0] == "Amina"
    assert stuck(one)[1:3] == ["P00", "P01"]
    assert stuck(two)[-1] == "P59"
    assert not two.has("a[href*='page=3']")
    assert first.account_id in str(one.find("[data-stuck] a")["href"])


def test_only_whom_the_agent_sees_is_listed(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    seen = beside(app, lambda: add_moved("sana@harbour.example", organisation="Harbour Aid"))
    other = beside(app, lambda: add_moved("omar@light.example", organisation="Harbour Light"))
    for person in (seen, other):
        place_at(PageClient(app), "migrated-account", "create-password", person)
    request = wait_for_help(app)
    clock.advance(minutes=11)
    browser = new_agent(organisation_id=seen.organisation_id).browser
    page = browser.get(QUEUE)
    assert len(stuck(page)) == 1
    assert "Harbour Light" not in page.text
    assert not page.has(f"[data-message='{request}']"), "Somebody without an account belongs to no organisation."
    assert browser.post(f"{QUEUE}/{request}/settle", csrf=True, data={"csrf_token": token(browser)}).status == 303
    assert row_of(app, DeskRequest, id=request).settled_at is None


def token(browser: PageClient) -> str:
    browser.get("/account")
    return browser.csrf_token()


def test_a_message_is_settled_once(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    request = wait_for_help(app)
    agents = [new_agent("one"), new_agent("two", role="assist")]
    pages = [agent.browser.get(QUEUE) for agent in agents]
    assert all("K7-42Q" in page.text and "Nobody has an account with this address." in page.text for page in pages)
    for page in pages:
        after = page.press(in_form="form[action$='/settle']")
        assert not after.has("[data-message]")
    found = row_of(app, DeskRequest, id=request)
    assert (found.settled_by, found.settled_at) == (agents[0].account_id, clock.now())
    written = rows_of(app, AuditEvent, kind="access-request-settled")
    assert [(event.actor, event.payload) for event in written] == [(agents[0].account_id, {"request": request})]


def test_messages_in_the_agents_language_only(app: Flask, new_agent: MakeAgent) -> None:
    mine, other = wait_for_help(app, language="fr"), wait_for_help(app, language="en", id=new_id())
    page = new_agent(only_language="fr").browser.get(QUEUE)
    assert page.has(f"[data-message='{mine}']")
    assert not page.has(f"[data-message='{other}']")


def test_who_may_only_look_settles_nothing(app: Flask, new_agent: MakeAgent) -> None:
    request = wait_for_help(app)
    browser = new_agent(role="view").browser
    assert not browser.get(QUEUE).has("form[action$='/settle']")
    assert browser.post(f"{QUEUE}/{request}/settle", data={"csrf_token": token(browser)}).status == 404
    assert row_of(app, DeskRequest, id=request).settled_at is None


def test_hostile_names_stay_text(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    name = "<script>alert(1)</script>"
    person = invite(app, "mallory", given_name=name, family_name="=1+1")
    place_at(PageClient(app), "first-connection", "change-password", person)
    wait_for_help(app, address='"><img src=x>@harbour.example')
    clock.advance(minutes=11)
    page = new_agent().browser.get(QUEUE)
    assert stuck(page) == [f"{name} =1+1"]
    assert "<img" not in page.html
    assert "<script>alert" not in page.html


@pytest.mark.parametrize("query", ["page=0", "page=21", "step=sideways", "reads=xx", "step=&step=scan-qr"])
def test_a_question_that_the_page_does_not_offer_is_malformed(agent: Desk, query: str) -> None:
    assert agent.browser.get(f"{QUEUE}?{query}").status == 400


def test_who_is_no_agent_finds_nothing(app: Flask, client: PageClient, clock: MovableClock) -> None:
    assert client.get(QUEUE).location == "/sign-in"
    clock.advance(minutes=1)
    assert clock.now() - START == timedelta(minutes=1)
