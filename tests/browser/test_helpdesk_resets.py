"""A step is reset in the middle of a journey: the person's next press leads to exactly that step, all else stays, and they finish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.hands import code_now, follow, is_signed_in, path_of, press, scanned, step_of
from tests.browser.helpdesk_hands import Agent, NewComputer, at_the_desk
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.moved import moved
from tests.support.outbox import Mailbox
from tests.support.people import NEW_PASSWORD, PASSWORD, InvitedPerson, invite, invited, mailed_code, next_code
from tests.support.rows import row_of, rows_of
from wizard.models import Account, Authenticator, Issue, RecoveryCodeSet


@dataclass
class Call:
    """Somebody in the middle of a journey, and the two agents who help."""

    live: LiveApp
    agent: Agent
    second: Agent
    computer: Computer
    person: InvitedPerson

    @property
    def page(self) -> Page:
        return self.computer.page

    def begin(self, journey: str) -> str:
        self.page.goto(f"{self.live.base_url}/{journey}")
        return str(step_of(self.page))

    def press(self, choice: str = "", **fields: Any) -> str:
        """What the person presses, and the step that this leads to: its name, with its journey where that is another one."""
        journey = path_of(self.page).split("/")[1]
        press(self.page, choice, **fields)
        step, now_in = str(step_of(self.page)), path_of(self.page).split("/")[1]
        return step if now_in == journey else f"{now_in}/{step}"

    def reset(self, step: str, *, by_two: bool = False) -> set[str]:
        """The act by its pages, in three presses; with `by_two` another agent approves it. Returns which facts it has ended."""
        before = self.facts()
        self.agent.open_card(self.person)
        self.agent.choose("reset-step", step)
        self.agent.confirm("known")
        assert self.agent.presses == 3
        assert self.agent.said().startswith("A second agent must approve it" if by_two else "Done: Reset")
        if by_two:
            assert self.facts() == before
            self.second.open("/helpdesk/approvals")
            follow(self.second.page.locator("main .rows a"))
            follow(self.second.page.locator("button[value=yes]"))
        after = self.facts()
        return {name for name in after if after[name] != before[name]}

    def facts(self) -> dict[str, object]:
        """What the person has done so far, as the journeys see it."""
        app, person = self.live.app, self.person.account_id
        account = row_of(app, Account, id=person)
        living = {"account_id": person, "ended_at": None}
        return {
            "invitation": [row.id for row in rows_of(app, Issue, **living)],
            "password": account.password_hash,
            "details": account.details_confirmed_at,
            "ways to confirm": [row.id for row in rows_of(app, Authenticator, **living) if row.proven_at],
            "recovery codes": [row.id for row in rows_of(app, RecoveryCodeSet, **living) if row.kept_at],
        }

    def bind(self) -> pyotp.TOTP:
        """Set up a code app, from the choice on."""
        assert self.press("code-app") == "enter-code"
        app = scanned(self.computer)
        self.press(code=code_now(self.live, app.secret))
        return app

    def has_arrived(self) -> bool:
        """Whether the person stands where nothing is asked any more."""
        self.page.goto(self.live.base_url + "/account")
        return path_of(self.page) == "/account" and is_signed_in(self.page)


Phone = Callable[[Callable[[Flask], InvitedPerson]], Call]


@pytest.fixture
def call(live_app: Callable[..., LiveApp], new_computer: NewComputer) -> Phone:
    live = live_app()
    agent = at_the_desk(live, new_computer(), role="reset")
    second = at_the_desk(live, new_computer(), "moussa.diop", "approve", "Moussa Diop")
    return lambda made: Call(live, agent, second, new_computer(), made(live.app))


def test_in_the_middle_of_a_first_connection(call: Phone) -> None:
    at = call(invite)
    app, person = at.live.app, at.person
    assert at.begin("first-connection") == "prepare"
    at.press()
    at.press(username=person.username)
    assert at.press(password=person.temporary_password) == "choose-authenticator"

    assert at.reset("enter-password") == {"invitation"}
    assert at.press("code-app") == "enter-password"  # the user name stays
    at.agent.open_card(person)
    at.agent.choose("resend")
    at.agent.confirm()
    person = at.person = invited(app, person.account_id, person.username, person.email)
    assert at.press(password=person.temporary_password) == "choose-authenticator"
    at.bind()
    assert step_of(at.page) == "change-password"

    assert at.reset("choose-authenticator", by_two=True) == {"ways to confirm"}
    assert (
        at.press(new_password=PASSWORD) == "enter-password"
    )  # the session has ended with the step; the invitation stays
    assert at.press(password=person.temporary_password) == "choose-authenticator"
    phone = at.bind()
    assert at.press(new_password=PASSWORD) == "keep-recovery-codes"

    assert at.reset("change-password") == {"password"}
    at.press("skip")
    as_the_mail_says(at)
    assert at.press(code=mailed_code(app, person)) == "enter-code"
    assert at.press(code=next_code(phone.secret, at.live.clock)) == "change-password"
    assert at.press(new_password=NEW_PASSWORD) == "finish"

    assert at.begin("first-connection") == "keep-recovery-codes"
    assert at.press() == "finish"
    assert at.reset("keep-recovery-codes") == {"recovery codes"}
    assert at.press("portal") == "keep-recovery-codes"
    assert at.press() == "finish"
    at.press("portal")
    assert at.has_arrived()
    assert_calm(at)


def test_in_the_middle_of_a_moved_account(call: Phone) -> None:
    at = call(moved)
    app, person = at.live.app, at.person
    assert at.begin("migrated-account") == "enter-email"
    at.press(email=person.email)
    assert at.press(code=mailed_code(app, person)) == "create-password"

    assert at.reset("verify-email") == set()
    assert at.press(new_password=PASSWORD) == "verify-email"  # the address itself stays
    assert at.press(code=mailed_code(app, person)) == "create-password"
    assert at.press(new_password=PASSWORD) == "check-details"
    assert at.press() == "choose-authenticator"

    assert at.reset("check-details") == {"details"}
    assert at.press("code-app") == "check-details"
    assert at.press() == "choose-authenticator"

    assert at.reset("create-password") == {"password"}
    assert at.press("code-app") == "verify-email"
    assert at.press(code=mailed_code(app, person)) == "forgotten-password/change-password"
    assert at.press(new_password=NEW_PASSWORD) == "finish"
    assert at.press("portal") == "migrated-account/choose-authenticator"  # the details stay
    at.bind()
    assert at.press() == "finish"
    at.press("portal")
    assert at.has_arrived()
    assert_calm(at)


def as_the_mail_says(at: Call) -> None:
    """Open the front page, choose "Sign in" and then "I have forgotten my password". The user name is known in this browser."""
    assert "I have forgotten my password" in Mailbox(at.live.app).newest("password_ended", to=at.person.email).plain
    at.page.goto(at.live.base_url + "/")
    for way in ("/sign-in", "/forgotten-password"):
        follow(at.page.locator(f"main a[href='{way}']").first)
    assert step_of(at.page) == "verify-email"


def assert_calm(at: Call) -> None:
    """At the end nothing has gone wrong in the browsers of the desk, but for what the counter is told."""
    for desk in (at.agent, at.second):
        desk.forget_frames()
        assert not desk.computer.problems
