"""A temporary pass is read out on the telephone: from where the caller stands its words lead to the field, and from there in."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, do_act, open_act
from tests.helpdesk.test_acts_approvals import approve
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    Completed,
    Person,
    Walk,
    completed,
    place_at,
)
from tests.support.phones import Linked, Phone, PhoneWalk, asking, linked, number_on, place_with_phone
from tests.support.rows import rows_of
from wizard.models import Authenticator

IN_PLACE = "form.way:has([value='use-temporary-pass'])"
BUTTONS = ("Use a temporary pass", "I cannot use my phone", "I cannot use my code app")


@pytest.fixture
def pair(new_agent: MakeAgent) -> tuple[Desk, Desk]:
    """Who answers the telephone, and who approves."""
    return new_agent("ines.kouma", role="reset"), new_agent("moussa.diop", role="approve")


def shown(app: Flask, pair: tuple[Desk, Desk], person: Person) -> Page:
    """The page on which the agent reads the pass."""
    do_act(pair[0], person, "temporary-pass")
    row = acts_of(app, person)[-1]
    approve(pair[1], row)
    return pair[0].card(person).press(in_form=f"form[action='/helpdesk/acts/{row.id}/pass']")


def read_out(app: Flask, pair: tuple[Desk, Desk], person: Person) -> str:
    return shown(app, pair, person).said("[data-pass]")


def ways(app: Flask, someone: Linked) -> list[str | None]:
    """Why each of the person's ways to confirm has ended, None for one that has not."""
    rows = rows_of(app, Authenticator, account_id=someone.person.account_id)
    return [row.ended_reason for row in rows]


def bound(app: Flask, page: Page, someone: Linked) -> None:
    """From the page after the pass on: a new phone is linked, the old one ends, the person is in."""
    done = PhoneWalk(page.client, Phone(app), someone.person).until(page, "finish")
    assert done.press("portal").page == "account"
    old, new = rows_of(app, Authenticator, account_id=someone.person.account_id)
    assert (old.ended_at is not None, new.ended_at) == (True, None)


def test_page_and_mail_name_the_buttons_that_lead_to_the_field(
    app: Flask, pair: tuple[Desk, Desk], mailbox: Mailbox
) -> None:
    person = completed(app)
    page = shown(app, pair, person)
    mail = mailbox.newest("desk_act", to=person.email).plain
    assert all(f"“{words}”" in page.text and f"“{words}”" in " ".join(mail.split()) for words in BUTTONS)


@pytest.mark.parametrize("keeps", [True, False], ids=["codes are left", "no codes"])
def test_from_the_number_of_a_lost_phone(app: Flask, pair: tuple[Desk, Desk], keeps: bool) -> None:
    someone = linked(app, keeps=keeps)
    page = asking(app, someone)
    text = read_out(app, pair, someone.person)
    page = page.open(BUTTONS[1])
    assert page.page == "without-phone"
    page = page.press(reason="lost")
    assert (page.journey, page.step) == ("replace-phone", "use-temporary-pass")
    assert ways(app, someone) == [None]
    page = page.press(**{"pass": text})
    assert ways(app, someone) == ["lost"]
    bound(app, page, someone)


def test_a_lost_phone_confirms_nothing_from_the_moment_of_the_pass(
    app: Flask, pair: tuple[Desk, Desk], mailbox: Mailbox
) -> None:
    """Whoever has the phone and the password does not get in while the person stops after the pass."""
    someone = linked(app)
    page = asking(app, someone)
    text = read_out(app, pair, someone.person)
    waiting = asking(app, someone)
    asked = someone.phone.asked()
    page.open(BUTTONS[1]).press(reason="lost").press(**{"pass": text})
    assert someone.phone.say(number_on(waiting), asked).status == 404
    assert mailbox.newest("phone_removed").to == someone.person.email


def test_who_has_said_lost_and_takes_a_recovery_code_after_all_loses_the_phone_too(
    app: Flask, pair: tuple[Desk, Desk]
) -> None:
    someone = linked(app)
    page = asking(app, someone)
    read_out(app, pair, someone.person)
    page = page.open(BUTTONS[1]).press(reason="lost")
    page = page.press("another-way", in_form="form.way:has([value='use-recovery-code'])").press(code=someone.codes[0])
    assert page.step == "choose-authenticator"
    assert ways(app, someone) == ["lost"]


@pytest.mark.parametrize("reason", ["not-here", "new", "broken"])
def test_a_phone_that_is_not_lost_stays_until_the_new_way_is_set_up(
    app: Flask, pair: tuple[Desk, Desk], reason: str
) -> None:
    """Also when it was said to be lost before, by mistake."""
    someone = linked(app)
    page = asking(app, someone)
    text = read_out(app, pair, someone.person)
    question = page.open(BUTTONS[1])
    question.press(reason="lost")
    page = question.press(reason=reason).press(**{"pass": text})
    assert ways(app, someone) == [None]
    bound(app, page, someone)


def test_opening_the_question_changes_nothing(app: Flask, pair: tuple[Desk, Desk]) -> None:
    """What was said before stays said, and where the person was to come back to stays kept."""
    someone = linked(app)
    page = asking(app, someone)
    text = read_out(app, pair, someone.person)
    page = page.open(BUTTONS[1]).press(reason="lost")
    for path in ("/without-phone", "/without-phone?from=forgotten-password"):
        assert page.client.get(path).page == "without-phone"
    page = page.client.get(page.path)
    assert page.step == "use-temporary-pass"
    page = page.press(**{"pass": text})
    assert ways(app, someone) == ["lost"]
    done = PhoneWalk(page.client, Phone(app), someone.person).until(page, "finish")
    assert done.press("portal").page == "account"


@pytest.mark.parametrize("sent", [{}, {"reason": "garbage"}, {"reason": ["lost", "new"]}])
def test_a_reason_that_is_not_offered_is_malformed_with_a_pass_too(
    app: Flask, pair: tuple[Desk, Desk], sent: dict[str, object]
) -> None:
    someone = linked(app)
    page = asking(app, someone)
    read_out(app, pair, someone.person)
    assert page.client.post("/without-phone", sent).status == 400


@pytest.mark.parametrize("reason", ["not-here", "new", "broken", "lost"])
def test_from_the_question_about_the_phone(app: Flask, pair: tuple[Desk, Desk], reason: str) -> None:
    """It was open before the pass was there."""
    someone = linked(app)
    page = asking(app, someone).open(BUTTONS[1])
    assert page.page == "without-phone"
    text = read_out(app, pair, someone.person)
    page = page.press(reason=reason)
    assert (page.journey, page.step) == ("replace-phone", "use-temporary-pass")
    bound(app, page.press(**{"pass": text}), someone)


def test_from_the_page_that_says_to_call(app: Flask, pair: tuple[Desk, Desk]) -> None:
    someone = linked(app, keeps=False)
    page = asking(app, someone).open(BUTTONS[1]).press(reason="broken")
    assert page.problem == "no-way-on"
    text = read_out(app, pair, someone.person)
    page = page.client.get("/sign-in", follow=True).open(BUTTONS[1]).press(reason="broken")
    bound(app, page.press(**{"pass": text}), someone)


def test_from_the_recovery_code_that_is_asked_for(app: Flask, pair: tuple[Desk, Desk]) -> None:
    someone = linked(app)
    page = asking(app, someone).open(BUTTONS[1]).press(reason="lost")
    assert page.step == "use-recovery-code"
    text = read_out(app, pair, someone.person)
    page = page.client.get(page.path).press("another-way", in_form=IN_PLACE)
    assert page.step == "use-temporary-pass"
    bound(app, page.press(**{"pass": text}), someone)


def test_from_the_code_of_a_code_app(app: Flask, client: PageClient, pair: tuple[Desk, Desk]) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    text = read_out(app, pair, person)
    page = page.open(BUTTONS[2]).press(reason="new")
    assert page.step == "use-temporary-pass"
    walk, page = Walk(client, person), page.press(**{"pass": text})
    while page.step != "finish":
        page = walk.answer(page)
    assert client.get("/account").signed_in


def test_from_a_forgotten_password_the_phone_is_replaced_after_the_new_one(app: Flask, pair: tuple[Desk, Desk]) -> None:
    someone = linked(app)
    page = place_with_phone(PageClient(app), someone.phone, "forgotten-password", "match-number", someone.person)
    text = read_out(app, pair, someone.person)
    assert page.client.get(page.path).has(IN_PLACE)
    page = page.open(BUTTONS[1]).press(reason="lost")
    assert (page.journey, page.step) == ("forgotten-password", "use-temporary-pass")
    page = page.press(**{"pass": text}).press(new_password=NEW_PASSWORD).press("portal")
    assert (page.journey, page.step) == ("replace-phone", "choose-authenticator")
    person = Completed(someone.person.person, NEW_PASSWORD, None)
    bound(app, page, Linked(person, someone.phone, someone.computer))


def test_without_the_password_nobody_learns_of_a_pass(app: Flask, pair: tuple[Desk, Desk]) -> None:
    someone = linked(app)
    read_out(app, pair, someone.person)
    client = PageClient(app)
    client.get("/sign-in", follow=True).press(username=someone.person.username)
    assert client.get("/without-phone").press(reason="lost").step == "enter-password"


def test_a_used_pass_is_not_asked_for_again(app: Flask, pair: tuple[Desk, Desk]) -> None:
    someone = linked(app)
    page = asking(app, someone)
    text = read_out(app, pair, someone.person)
    page.open(BUTTONS[1]).press(reason="new").press(**{"pass": text})
    page = asking(app, someone).open(BUTTONS[1]).press(reason="new")
    assert (page.journey, page.step) == ("replace-phone", "use-recovery-code")


def test_a_phone_that_is_only_not_here_stays_after_a_forgotten_password(app: Flask, pair: tuple[Desk, Desk]) -> None:
    someone = linked(app, keeps=False)
    page = place_with_phone(PageClient(app), someone.phone, "forgotten-password", "match-number", someone.person)
    text = read_out(app, pair, someone.person)
    page = page.open(BUTTONS[1]).press(reason="not-here")
    assert (page.journey, page.step) == ("forgotten-password", "use-temporary-pass")
    assert page.press(**{"pass": text}).press(new_password=NEW_PASSWORD).step == "finish"
    assert ways(app, someone) == [None]


def test_the_dry_run_says_that_a_pass_can_be_withdrawn(app: Flask, pair: tuple[Desk, Desk]) -> None:
    page = open_act(pair[0], completed(app), "temporary-pass")
    assert "The pass can be withdrawn until it is used." in page.text
    assert "cannot be taken back" not in page.text
