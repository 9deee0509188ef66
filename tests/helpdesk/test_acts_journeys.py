"""A reset in the middle of a journey: the person lands on exactly that step, keeps all others, and finishes."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, do_act
from tests.helpdesk.test_acts_approvals import approve
from tests.support.clock import MovableClock
from tests.support.moved import arrived
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    Completed,
    Person,
    clock_of,
    completed,
    invite,
    invite_again,
    next_code,
    place_at,
    press_button,
    sign_in,
    walk_through,
)
from tests.support.phones import Phone, PhoneWalk, linked, number_on, sign_in_by_phone
from tests.support.rows import row_of, rows_of
from wizard.models import Account, Authenticator, RecoveryCodeSet


@pytest.fixture
def pair(new_agent: MakeAgent) -> tuple[Desk, Desk]:
    """Who answers the telephone, and who approves."""
    return new_agent("ines.kouma", role="reset"), new_agent("moussa.diop", role="approve")


def reset_by_two(app: Flask, pair: tuple[Desk, Desk], person: Person, step: str) -> None:
    do_act(pair[0], person, "reset-step", step)
    row = acts_of(app, person)[-1]
    if row.state == "waiting":
        approve(pair[1], row)
    assert acts_of(app, person)[-1].state == "done"


def factor_of(app: Flask, person: Person) -> str:
    """The one way to confirm that lives."""
    return row_of(app, Authenticator, account_id=person.account_id, ended_at=None).id


def test_the_invitation_on_the_way(app: Flask, client: PageClient, pair: tuple[Desk, Desk]) -> None:
    person = invite(app)
    press_button(client, person)
    assert place_at(client, "first-connection", "choose-authenticator", person).step == "choose-authenticator"
    reset_by_two(app, pair, person, "enter-password")
    again = invite_again(app, person)
    assert client.get("/first-connection", follow=True).step == "enter-password"
    walk_through(client, "first-connection", again)
    assert client.get("/account").signed_in


def test_the_second_step_on_the_way(app: Flask, client: PageClient, pair: tuple[Desk, Desk]) -> None:
    person = invite(app)
    place_at(client, "first-connection", "change-password", person)
    reset_by_two(app, pair, person, "choose-authenticator")
    page = client.get("/first-connection", follow=True)
    assert page.step == "enter-password"  # the session has ended; user name and invitation stay
    page = page.press(password=person.temporary_password)
    assert page.step == "choose-authenticator"
    walk_through(client, "first-connection", person)
    assert client.get("/account").signed_in


def test_a_way_that_was_begun_is_dropped_without_a_second_agent(
    app: Flask, client: PageClient, pair: tuple[Desk, Desk]
) -> None:
    person = invite(app)
    place_at(client, "first-connection", "scan-qr", person, factor="phone")
    do_act(pair[0], person, "reset-step", "choose-authenticator")
    assert acts_of(app, person)[0].state == "done"
    page = client.get("/first-connection", follow=True).press(password=person.temporary_password)
    assert page.step == "choose-authenticator"


def test_the_password_of_somebody_who_forgot_it(app: Flask, client: PageClient, pair: tuple[Desk, Desk]) -> None:
    person = completed(app)
    factor = factor_of(app, person)
    reset_by_two(app, pair, person, "change-password")
    walk_through(client, "forgotten-password", person)
    assert factor_of(app, person) == factor
    assert sign_in(PageClient(app), Completed(person.person, NEW_PASSWORD, person.secret)).signed_in


def test_the_second_step_of_somebody_complete(app: Flask, client: PageClient, pair: tuple[Desk, Desk]) -> None:
    person = completed(app)
    before = row_of(app, Account, id=person.account_id).password_hash
    reset_by_two(app, pair, person, "choose-authenticator")
    page = place_at(client, "sign-in", "enter-password", person).press(password=person.password)
    assert page.journey == "replace-phone"
    walk_through(client, "replace-phone", person)
    assert client.get("/account").signed_in
    assert row_of(app, Account, id=person.account_id).password_hash == before


def test_mailed_codes_end_alone(app: Flask, client: PageClient, pair: tuple[Desk, Desk]) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "enter-code", person)
    do_act(pair[0], person, "reset-step", "verify-email")
    page = client.get("/forgotten-password", follow=True)
    assert page.step == "verify-email"
    assert row_of(app, Account, id=person.account_id).password_hash is not None
    walk_through(client, "forgotten-password", person)
    assert sign_in(PageClient(app), Completed(person.person, NEW_PASSWORD, person.secret)).signed_in


def test_one_of_two_ways_ends_alone_and_without_a_second_agent(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    someone = linked(app)
    person = someone.person
    kept = row_of(app, Authenticator, account_id=person.account_id, ended_at=None)
    clock.advance(minutes=20)
    browser = sign_in_by_phone(app, someone)
    page = browser.get("/account/ways/add", follow=True)
    someone.phone.say(number_on(page))
    PhoneWalk(browser, Phone(app), person).until(page.press(), "finish")
    ways = rows_of(app, Authenticator, account_id=person.account_id, ended_at=None)
    assert len(ways) == 2
    new = next(row for row in ways if row.id != kept.id)
    agent = new_agent()
    do_act(agent, person, "reset-step", f"way-{new.id}")
    assert acts_of(app, person)[0].state == "done"
    assert factor_of(app, person) == kept.id
    assert not row_of(app, RecoveryCodeSet, account_id=person.account_id).ended_at
    card = agent.card(person)
    assert "“One way to confirm” was reset by" in card.said(".events")
    assert card.said("[data-caution='reset']").startswith("! One way to confirm was reset on")


def test_the_details_are_checked_once_more(app: Flask, client: PageClient, agent: Desk) -> None:
    person = arrived(app)
    do_act(agent, person, "reset-step", "check-details")
    page = sign_in_page(client, person)
    assert (page.journey, page.step) == ("migrated-account", "check-details")
    page.press()
    assert client.get("/account").signed_in
    assert row_of(app, Account, id=person.account_id).password_hash is not None


def sign_in_page(client: PageClient, person: Completed) -> Page:
    """Sign in and stay on the page that comes then."""
    page = place_at(client, "sign-in", "enter-code", person)
    return page.press(code=next_code(str(person.secret), clock_of(client.app)))


def test_recovery_codes_end_alone(app: Flask, agent: Desk) -> None:
    someone = linked(app)
    do_act(agent, someone.person, "reset-step", "keep-recovery-codes")
    assert row_of(app, RecoveryCodeSet, account_id=someone.person.account_id).ended_reason == "reset"
    assert someone.computer.get("/account").signed_in
    row = row_of(app, Account, id=someone.person.account_id)
    assert row.password_hash is not None
    assert factor_of(app, someone.person)
