"""A closed account: what may still be done to it, and that no mail tells its person to do what nobody can do there."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, do_act, open_act, press_act
from tests.helpdesk.test_acts_approvals import NEW, approve, by_time
from tests.helpdesk.test_acts_undo import take_back
from tests.helpdesk.test_caller import ask
from tests.helpdesk.test_card import events
from tests.helpdesk.test_card_mails import become, filled
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import Completed, completed, disable, invite, place_at
from tests.support.phones import linked, number_on
from tests.support.rows import row_of, rows_of
from wizard.models import Account, OutboxMail

CLOSED = "The account is closed."
NOT_POSSIBLE = (
    "resend", "new-code", "unlock", "send-guide", "temporary-pass", "change-address", "switch-off-second-step",
)  # fmt: skip
WHAT_NEXT = "Your account is still closed. If you need it, call the helpdesk."


@pytest.fixture
def second(new_agent: MakeAgent) -> Desk:
    """Another agent with the right to approve."""
    return new_agent("moussa.diop", role="approve")


@pytest.fixture
def closed(app: Flask, agent: Desk, clock: MovableClock) -> Completed:
    """Somebody whose account the helpdesk has closed."""
    person = completed(app)
    do_act(agent, person, "disable")
    clock.advance(seconds=10)
    return person


def offered(card: Page) -> set[str]:
    return {str(tag.get("data-step") or tag["data-act"]) for tag in card.soup.select("a[data-act]")}


def told(mailbox: Mailbox, person: Completed) -> str:
    """The newest mail to this person."""
    return " ".join(mailbox.newest(to=person.email).plain.split())


@pytest.mark.settings(second_factor="offered")
@pytest.mark.usefixtures("second")
def test_what_is_offered_makes_the_account_safe_or_opens_it(agent: Desk, closed: Completed) -> None:
    """So that somebody who knew the password does not get in as soon as it is opened."""
    assert offered(agent.card(closed)) == {
        "enable", "report-abuse", "change-password", "choose-authenticator", "keep-recovery-codes",
    }  # fmt: skip
    for act in NOT_POSSIBLE:
        assert CLOSED in open_act(agent, closed, act).said("[data-not-possible]"), act


@pytest.mark.parametrize(
    ("act", "step", "what"),
    [
        ("reset-step", "change-password", "has ended the password of your account"),
        ("reset-step", "keep-recovery-codes", "has ended your recovery codes"),
        ("report-abuse", "", "has ended everything that was open"),
    ],
)
def test_of_a_closed_account_the_mail_says_no_more_than_whom_to_call(
    app: Flask, agent: Desk, closed: Completed, mailbox: Mailbox, act: str, step: str, what: str
) -> None:
    before = len(rows_of(app, OutboxMail, recipient=closed.email))
    card = do_act(agent, closed, act, step)
    assert "Done:" in card.text
    mail = told(mailbox, closed)
    assert what in mail
    assert WHAT_NEXT in mail
    assert "know nothing of this" not in mail, "One sentence says whom to call."
    assert "sign in" not in mail.casefold()
    assert "the address is" not in mail.casefold()
    assert len(rows_of(app, OutboxMail, recipient=closed.email)) == before + 1, "No other mail says anything else."


def test_a_password_that_was_reset_while_the_account_was_closed_opens_nothing_after(
    app: Flask, client: PageClient, agent: Desk, closed: Completed, mailbox: Mailbox
) -> None:
    do_act(agent, closed, "reset-step", "change-password", reason="abuse")
    assert row_of(app, Account, id=closed.account_id).password_hash is None
    do_act(agent, closed, "enable")
    assert "Sign in as usual" in told(mailbox, closed)
    page = place_at(client, "sign-in", "enter-password", closed).press(password=closed.password)
    assert page.status == 422


def test_a_reset_is_taken_back_on_a_closed_account_too(
    app: Flask, agent: Desk, closed: Completed, mailbox: Mailbox
) -> None:
    before = row_of(app, Account, id=closed.account_id).password_hash
    do_act(agent, closed, "reset-step", "change-password")
    (reset,) = [row for row in acts_of(app, closed) if row.act == "reset-step"]
    card = agent.card(closed).press(in_form=f"form[action='/helpdesk/acts/{reset.id}/undo']")
    assert "Taken back: Reset the password." in card.text
    assert row_of(app, Account, id=closed.account_id).password_hash == before
    mail = told(mailbox, closed)
    assert "has taken this back: “Reset the password”" in mail
    assert WHAT_NEXT in mail
    assert not mailbox.all("desk_undone", to=closed.email)


def test_closing_that_is_taken_back_says_how_to_sign_in(app: Flask, agent: Desk, mailbox: Mailbox) -> None:
    person = completed(app)
    do_act(agent, person, "disable")
    assert "has closed your account" in told(mailbox, person)
    assert WHAT_NEXT not in told(mailbox, person), "It is said once."
    take_back(agent, person)
    assert "Sign in as before" in mailbox.newest("desk_undone", to=person.email).plain


def test_an_address_that_counts_while_the_account_is_closed_sends_nobody_to_sign_in(
    app: Flask, agent: Desk, second: Desk, clock: MovableClock, mailbox: Mailbox
) -> None:
    person = completed(app)
    do_act(agent, person, "change-address", address=NEW)
    approve(second, acts_of(app, person)[0])
    disable(app, person)
    clock.advance(hours=25)
    assert by_time(app) == 1
    assert row_of(app, Account, id=person.account_id).email == NEW
    assert not mailbox.all("desk_address_changed")


def test_opening_stands_first_whatever_became_of_the_mail(app: Flask, agent: Desk) -> None:
    person = invite(app)
    become(app, person, "invitation", "refused")
    assert filled(agent.card(person)) == ["change-address"]
    do_act(agent, person, "disable")
    card = agent.card(person)
    assert card.find("a[data-act]")["data-act"] == "enable"
    assert filled(card) == [], "Whether it is opened is to be thought over."
    assert do_act(agent, person, "report-abuse").find("a[data-act]")["data-act"] == "enable"


def test_a_closed_account_has_no_lit_door_and_was_closed_once(agent: Desk, closed: Completed) -> None:
    card = agent.card(closed)
    assert (card.has(".stair.top"), card.has(".stair.shut")) == (False, True)
    assert [line for line in events(card) if "closed" in line] == [
        line for line in events(card) if "An agent acted: the account closed." in line
    ]
    opened = do_act(agent, closed, "enable")
    assert opened.has(".stair.top")
    assert len([line for line in events(opened) if "opened again" in line]) == 1


def test_a_form_that_was_open_before_the_account_was_closed_does_nothing(
    app: Flask, agent: Desk, mailbox: Mailbox
) -> None:
    person = completed(app)
    page = open_act(agent, person, "send-guide")
    disable(app, person)
    refused = press_act(page)
    assert (refused.status, refused.refused) == (422, "not-possible")
    assert not mailbox.all("desk_guide")
    assert "Closed by the operator" in open_act(agent, person, "enable").said("[data-not-possible]")


def test_the_linked_phone_answers_for_a_closed_account_too(app: Flask, agent: Desk) -> None:
    """Who asks for it to be opened is checked as everybody else."""
    someone = linked(app)
    do_act(agent, someone.person, "disable")
    someone.phone.say(number_on(ask(agent, someone, "enable", "")))
    page = open_act(agent, someone.person, "enable")
    assert page.has("[data-phone-allowed]")
    press_act(page, checked_how="phone")
    assert row_of(app, Account, id=someone.person.account_id).disabled_at is None
