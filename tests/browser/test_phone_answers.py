"""What a phone may answer beside the right number, and what the computer shows then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import button, is_signed_in, path_of, press, refused, step_of
from tests.browser.phones import (
    NewComputer,
    another,
    answer,
    arrives,
    ask_phone,
    comes_to,
    connect_by_phone,
    leave,
    new_phone,
    number_on,
    open_request,
    to_phone_home,
)
from tests.support.app import LiveApp
from tests.support.outbox import Mailbox
from tests.support.people import InvitedPerson, invite
from tests.support.rows import row_of, rows_of
from wizard.models import Account, Session


@dataclass
class Pair:
    """A signed-out computer and a linked phone, which shows its home."""

    live: LiveApp
    computer: Page
    phone: Page
    person: InvitedPerson

    def ask(self) -> str:
        """Sign in as far as the number, and open the request on the phone."""
        to_phone_home(self.phone, self.live.base_url)
        number = ask_phone(self.computer, self.live, self.person.username)
        open_request(self.phone)
        return number


@pytest.fixture
def pair(live_app: Callable[..., LiveApp], new_computer: NewComputer) -> Pair:
    live = live_app()
    person = invite(live.app)
    computer, phone = new_computer(), new_phone(new_computer)
    connect_by_phone(live, computer, phone, person)
    leave(computer.page)
    return Pair(live, computer.page, phone.page, person)


def test_a_wrong_number_ends_the_request_and_a_new_one_is_good(pair: Pair) -> None:
    number = pair.ask()
    answer(pair.phone, number=another(number))
    comes_to(pair.phone, "number-differs")
    expect(pair.computer.locator("[data-number]")).to_have_count(0)
    assert (path_of(pair.computer), is_signed_in(pair.computer)) == ("/sign-in/match-number", False)
    assert button(pair.computer).get_attribute("value") == "again", "A new number needs a press."

    to_phone_home(pair.phone, pair.live.base_url)
    pair.live.clock.advance(seconds=1)
    press(pair.computer, "again")
    newer = number_on(pair.computer)
    open_request(pair.phone)
    answer(pair.phone)
    assert refused(pair.phone) == "missing", "Without a number there is no try to lose."
    has_focus = "element => element === document.activeElement"
    assert pair.phone.locator("[data-error-for=number]").evaluate(has_focus)
    answer(pair.phone, number=f" {newer[0]} {newer[1:]} ")
    arrives(pair.computer, "/account")
    assert is_signed_in(pair.computer)


def test_it_is_not_me_ends_the_sign_in_and_the_password(pair: Pair) -> None:
    pair.ask()
    mails = Mailbox(pair.live.app).count()
    answer(pair.phone, "not-me")
    assert "forgotten-password" in (pair.phone.locator("main a.button").get_attribute("href") or "")
    expect(pair.computer.locator("[data-number]")).to_have_count(0)
    assert not is_signed_in(pair.computer)
    alive = [row for row in rows_of(pair.live.app, Session, account_id=pair.person.account_id) if not row.revoked_at]
    assert alive == [], "The session that asked has ended."
    assert Mailbox(pair.live.app).count() > mails, "The owner is told."
    account = row_of(pair.live.app, Account, id=pair.person.account_id)
    assert (account.password_hash, account.disabled_at) == (None, None), "The password ends, nobody is locked out."


def test_a_request_that_has_run_out_is_asked_for_anew_and_the_newest_one_counts(
    pair: Pair, new_computer: NewComputer
) -> None:
    number = pair.ask()
    pair.live.clock.advance(minutes=5, seconds=1)
    answer(pair.phone, number=number)
    comes_to(pair.phone, "request-expired")
    press(pair.computer)
    assert (refused(pair.computer), step_of(pair.computer)) == ("expired", "match-number")
    to_phone_home(pair.phone, pair.live.base_url)
    press(pair.computer, "again")
    number_on(pair.computer)
    open_request(pair.phone)

    second = new_computer().page
    pair.live.clock.advance(seconds=1)
    pair.phone.goto(pair.live.base_url + "/healthz")
    number = ask_phone(second, pair.live, pair.person.username)
    press(pair.computer)
    assert refused(pair.computer) == "replaced"
    to_phone_home(pair.phone, pair.live.base_url)
    open_request(pair.phone)
    answer(pair.phone, number=number)
    arrives(second, "/account")
    assert (is_signed_in(second), is_signed_in(pair.computer)) == (True, False)
