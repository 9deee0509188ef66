"""Verifying who calls: the number is read out, the linked phone names the act, and nothing else follows from its answer."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, open_act, press_act
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.people import completed, sign_in
from tests.support.phones import Linked, Phone, another, asking, linked, number_on
from tests.support.rows import row_of, rows_of
from wizard.models import Account, ApprovalRequest, AuditEvent, Proof, Session
from wizard.services import waiting

ASKS = "main form[action*='/caller?']"


def caller_page(desk: Desk, someone: Linked, act: str = "reset-step", step: str = "change-password") -> Page:
    """What became of the check; the act's own page when the phone has allowed it."""
    query = f"?act={act}" + (f"&step={step}" if step else "")
    return desk.browser.get(f"/helpdesk/people/{someone.person.account_id}/caller{query}", follow=True)


def ask(desk: Desk, someone: Linked, act: str = "reset-step", step: str = "change-password") -> Page:
    """Press "Check the caller by the linked phone" on the act's page; the page that shows the number."""
    return open_act(desk, someone.person, act, step).press(in_form=ASKS)


@pytest.fixture
def someone(app: Flask) -> Linked:
    """Somebody whose phone is linked."""
    return linked(app)


def test_the_right_number_allows_this_agent_this_act_once(app: Flask, agent: Desk, someone: Linked) -> None:
    form = open_act(agent, someone.person, "reset-step", "change-password")
    assert not form.has("[name=checked_how][value=phone]")

    number = number_on(form.press(in_form=ASKS))
    page = someone.phone.asked()
    assert "Reset the password" in page.text
    assert "Did you call +41 22 555 01 23, or did someone call you?" in page.text
    assert json.loads(page.find("[data-phone-answer]")["data-phone-answer"])["number"] is None
    assert not page.has("[data-number]")
    answered = someone.phone.say(number, page)
    assert answered.title == "The helpdesk may go on"

    act = caller_page(agent, someone)
    assert (act.page, act.has("[data-phone-allowed]"), act.has(ASKS)) == ("helpdesk-act", True, False)
    assert act.has("[name=checked_how][value=phone][checked]")
    press_act(act)
    assert acts_of(app, someone.person)[0].checked_how == "phone"
    assert "was used for an act" in caller_page(agent, someone).text
    assert row_of(app, Account, id=someone.person.account_id).password_hash is None


def test_the_answer_allows_no_other_act_and_no_other_agent(app: Flask, agent: Desk, new_agent: MakeAgent) -> None:
    someone, other = linked(app), new_agent("moussa.diop", role="reset")
    someone.phone.say(number_on(ask(agent, someone)))
    for desk, step in ((agent, "keep-recovery-codes"), (other, "change-password")):
        page = open_act(desk, someone.person, "reset-step", step)
        assert not page.has("[name=checked_how][value=phone]")
        refused = press_act(page, checked_how="phone")
        assert refused.refused == "not-checked"
    assert not acts_of(app, someone.person)


def test_asking_the_phone_too_late_leads_back_to_the_question(
    app: Flask, agent: Desk, someone: Linked, clock: MovableClock
) -> None:
    clock.advance(minutes=8)
    form = open_act(agent, someone.person, "reset-step", "change-password")
    clock.advance(minutes=8)
    assert form.press(in_form=ASKS, follow=False).location == "/sign-in"
    page = sign_in(agent.browser, agent.person)
    assert (page.page, page.main["data-state"]) == ("helpdesk-caller", "none")
    assert number_on(page.press(in_form="main form"))


def test_the_answer_counts_for_fifteen_minutes(app: Flask, agent: Desk, someone: Linked, clock: MovableClock) -> None:
    someone.phone.say(number_on(ask(agent, someone)))
    page = open_act(agent, someone.person, "reset-step", "change-password")
    clock.advance(minutes=8)
    agent.card(someone.person)
    clock.advance(minutes=7, seconds=1)
    late = page.press(in_form="main form[novalidate]", checked_how="phone", follow=False)
    assert late.location == "/sign-in" or late.refused == "not-checked"
    assert not acts_of(app, someone.person)


def test_the_answer_proves_nothing_for_any_session(app: Flask, agent: Desk, someone: Linked) -> None:
    before = len(rows_of(app, Proof))
    someone.phone.say(number_on(ask(agent, someone)))
    assert len(rows_of(app, Proof)) == before


@pytest.mark.parametrize(
    ("choice", "state", "words"),
    [("called-me", "called-me", "somebody has called them"), ("not-me", "not-me", "the person is in no call")],
)
def test_they_called_me_warns_desk_and_person_and_ends_nothing_else(
    app: Flask, agent: Desk, someone: Linked, mailbox: Mailbox, choice: str, state: str, words: str
) -> None:
    ask(agent, someone)
    page = someone.phone.asked()
    answered = page.press(choice, **someone.phone.proof(page, "", choice))
    assert answered.title == "The helpdesk was warned"
    seen = caller_page(agent, someone)
    assert words in seen.text
    assert not seen.has("main form")
    told = [str(item["data-caution"]) for item in agent.card(someone.person).soup.select("[data-caution]")]
    assert told == ["flagged"], "Said once, before the acts."
    assert rows_of(app, AuditEvent, kind="caller-flagged")[0].payload["answer"] == state
    assert len(mailbox.all("desk_caller_flagged", to=someone.person.email)) == 1
    assert row_of(app, Account, id=someone.person.account_id).password_hash is not None
    assert not row_of(app, Session, account_id=agent.account_id, revoked_at=None).revoked_at
    dry = open_act(agent, someone.person, "reset-step", "change-password")
    assert "No other agent may approve" in dry.said("[data-not-possible]")


def test_a_wrong_number_ends_the_check(app: Flask, agent: Desk, someone: Linked) -> None:
    number = number_on(ask(agent, someone))
    refused = someone.phone.say(another(number))
    assert (refused.problem, refused.refused) == ("number-differs", "number-differs")
    assert "Another number was typed" in caller_page(agent, someone).text
    assert someone.phone.get("/phone").has("a[data-request]") is False


def test_an_answer_without_the_phones_key_is_none(app: Flask, agent: Desk, someone: Linked) -> None:
    number = number_on(ask(agent, someone))
    page = someone.phone.asked()
    refused = page.press("yes", number=number, signature=someone.phone.sign(page, number, "called-me"))
    assert refused.refused == "key-refused"
    assert row_of(app, ApprovalRequest, account_id=someone.person.account_id, answer=None, ended_at=None)
    assert page.press("yes", number="").refused == "missing"


def test_a_sign_in_of_somebody_else_does_not_end_the_check(app: Flask, agent: Desk, someone: Linked) -> None:
    number = number_on(ask(agent, someone))
    attacker = asking(app, someone)
    assert number_on(attacker)
    assert number_on(caller_page(agent, someone)) == number
    page = someone.phone.asked()
    assert "Somebody is signing in with your user name." in page.text
    question = page.open("Open its question")
    assert someone.phone.say(number, question).title == "The helpdesk may go on"
    assert "The number is right" in caller_page(agent, someone).said("[data-phone-allowed]")


def test_a_newer_check_replaces_the_older_one(app: Flask, agent: Desk, someone: Linked, clock: MovableClock) -> None:
    first = number_on(ask(agent, someone))
    page = someone.phone.asked()
    clock.advance(seconds=1)
    ask(agent, someone)
    late = page.press("yes", number=first, **someone.phone.proof(page, first))
    assert late.status == 410
    assert caller_page(agent, someone).main["data-state"] == "waiting"


def test_the_poll_says_that_the_phone_has_answered(
    agent: Desk, someone: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    number, address = number_on(ask(agent, someone)), f"/helpdesk/people/{someone.person.account_id}/caller/wait"
    assert agent.browser.get(address).status == 204
    someone.phone.say(number)
    assert agent.browser.get(address).json == {"state": "answered"}


def test_the_phone_is_asked_five_times_in_ten_minutes(
    app: Flask, agent: Desk, someone: Linked, clock: MovableClock
) -> None:
    for _ in range(5):
        clock.advance(seconds=1)
        ask(agent, someone)
    refused = ask(agent, someone)
    assert (refused.status, refused.refused) == (422, "too-many")
    assert number_on(refused)


def test_without_a_phone_the_page_says_so(app: Flask, agent: Desk) -> None:
    person = completed(app)
    page = agent.browser.get(f"/helpdesk/people/{person.account_id}/caller?act=reset-step&step=change-password")
    assert "No phone of this person is linked" in page.said("[data-not-possible]")
    assert agent.browser.get(f"/helpdesk/people/{person.account_id}/caller?act=unlock").status == 404
    assert agent.browser.get(f"/helpdesk/people/{person.account_id}/caller").status == 400


def test_nobody_elses_phone_sees_the_question(app: Flask, agent: Desk, someone: Linked) -> None:
    stranger = linked(app, "lea.morel", Phone(app, address="198.51.100.9"))
    ask(agent, someone)
    found = row_of(app, ApprovalRequest, account_id=someone.person.account_id, ended_at=None)
    assert stranger.phone.get(f"/phone/requests/{found.id}").status == 404


def test_the_end_of_the_agents_session_ends_the_check(app: Flask, agent: Desk, someone: Linked) -> None:
    number = number_on(ask(agent, someone))
    page = someone.phone.asked()
    agent.browser.get("/account").press(in_form="form[action='/sign-out']")
    assert page.press("yes", number=number, **someone.phone.proof(page, number)).status == 410
    given = rows_of(app, ApprovalRequest, account_id=someone.person.account_id, answer="yes")
    assert not [row for row in given if row.purpose.startswith("caller:")]
