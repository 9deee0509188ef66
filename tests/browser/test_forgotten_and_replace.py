"""A password is forgotten, a phone is lost: what a person does then, at one browser or at two."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import Installation
from tests.browser.hands import (
    code_now,
    follow,
    is_signed_in,
    page_of,
    path_of,
    press,
    refused,
    scanned,
    sign_in,
    step_of,
)
from tests.support.chromium import Computer
from tests.support.mails import Mail
from tests.support.people import NEW_PASSWORD, PASSWORD, Completed, completed, next_code
from tests.support.rows import row_of, rows_of
from wizard.models import Account, AuditEvent, Authenticator, Session

NewComputer = Callable[..., Computer]


def test_the_mailed_code_is_typed_where_it_was_asked_for(installation: Installation, new_computer: NewComputer) -> None:
    person = somebody(installation)
    page = new_computer().page
    ask_for_mail(page, installation, person)
    code = mailed(installation, person).code
    assert code is not None
    press(page, code="000000" if code != "000000" else "000001")
    assert refused(page) == "wrong-code"
    press(page, code=f"{code[:3]} {code[3:]}")
    choose_new_password(page, installation, person)
    assert_set_anew(page, installation, person)


def test_the_code_of_a_mail_is_good_in_the_browser_that_asked_only(
    installation: Installation, new_computer: NewComputer
) -> None:
    person = somebody(installation)
    first, second = new_computer().page, new_computer().page
    ask_for_mail(first, installation, person)
    code = mailed(installation, person).code
    ask_for_mail(second, installation, person)
    press(second, code=code)
    assert (refused(second), step_of(second)) == ("wrong-code", "verify-email")


def test_the_button_goes_on_in_another_browser_while_the_first_waits(
    installation: Installation, new_computer: NewComputer
) -> None:
    person = somebody(installation)
    first, second = new_computer().page, new_computer(viewport=(320, 640), locale="fr").page
    ask_for_mail(first, installation, person)
    mail = mailed(installation, person)
    assert mail.button is not None
    second.goto(mail.button)
    assert page_of(second) == "invitation"
    press(second, "yes")
    choose_new_password(second, installation, person)
    assert_set_anew(second, installation, person)

    first.reload()
    assert step_of(first) == "verify-email", "The first browser has proven nothing: its page stands where it stood."
    assert first.locator("main [name=code]").count() == 0, "No code of that mail is good any more."
    assert first.locator("main button").all_inner_texts() == ["Send a new email"]
    press(first, "resend")
    press(first, code=mail.code)
    assert (refused(first), is_signed_in(first)) == ("wrong-code", False)
    follow_way_back(first, installation, person)


def test_after_the_helpdesk_has_ended_the_second_step_a_new_one_is_set_up(
    installation: Installation, new_computer: NewComputer
) -> None:
    person = somebody(installation)
    installation.command("people", "reset", person.username, "enter-code", "--yes")
    computer = new_computer(viewport=(320, 640))
    page = computer.page
    page.goto(installation.live.base_url + "/sign-in")
    press(page, username=person.username)
    press(page, password=PASSWORD)
    assert (path_of(page), step_of(page)) == ("/replace-phone/verify-email", "verify-email")
    press(page, code=mailed(installation, person).code)
    press(page, "code-app")
    phone = scanned(computer)
    assert phone.secret != person.secret
    press(page, code=phone.at(installation.live.clock.now()))
    assert step_of(page) == "finish"
    press(page, "portal")
    assert (page_of(page), is_signed_in(page)) == ("account", True)

    bound = rows_of(installation.live.app, Authenticator, account_id=person.account_id)
    assert [row.ended_at is None for row in bound] == [False, True]
    old, new = new_computer().page, new_computer().page
    sign_in(old, installation.live, person)
    assert refused(old) == "wrong-code", "The lost phone opens nothing."
    sign_in(new, installation.live, Completed(person.person, PASSWORD, phone.secret))
    assert is_signed_in(new)


def somebody(installation: Installation) -> Completed:
    """Somebody whose first connection lies behind; the mails about it have been delivered."""
    person = completed(installation.live.app)
    installation.deliver()
    return person


def ask_for_mail(page: Page, installation: Installation, person: Completed) -> None:
    """From the sign-in page by "I have forgotten my password" to the page that waits for the code."""
    page.goto(installation.live.base_url + "/sign-in")
    follow(page.locator("main a[href='/forgotten-password']"))
    press(page, username=person.username)
    assert (path_of(page), step_of(page)) == ("/forgotten-password/verify-email", "verify-email")


def mailed(installation: Installation, person: Completed) -> Mail:
    """The mail with code and button, as the server has got it."""
    mail = installation.deliver()[-1]
    assert (mail.to, mail.code is not None) == (person.email, True)
    return mail


def choose_new_password(page: Page, installation: Installation, person: Completed) -> None:
    assert person.secret is not None
    assert step_of(page) == "enter-code"
    press(page, code=next_code(person.secret, installation.live.clock))
    assert step_of(page) == "change-password"
    press(page, new_password=PASSWORD)
    assert step_of(page) == "change-password", "The forgotten password is not chosen again."
    press(page, new_password=NEW_PASSWORD)


def assert_set_anew(page: Page, installation: Installation, person: Completed) -> None:
    assert step_of(page) == "finish"
    press(page, "portal")
    assert (page_of(page), is_signed_in(page)) == ("account", True)
    account = row_of(installation.live.app, Account, id=person.account_id)
    assert account.password_set_at == installation.live.clock.now()
    alive = [row for row in rows_of(installation.live.app, Session, account_id=account.id) if row.revoked_at is None]
    assert len(alive) == 1, "A new password ends all other sessions."
    kinds = [event.kind for event in rows_of(installation.live.app, AuditEvent, account_id=account.id)]
    assert "password-set" in kinds[-4:]
    assert installation.deliver()[-1].to == person.email, "The owner is told of the new password."


def follow_way_back(page: Page, installation: Installation, person: Completed) -> None:
    """The old password has ended, the new one opens."""
    assert person.secret is not None
    page.goto(installation.live.base_url + "/sign-in")
    assert person.username in page.locator("main .lead").inner_text(), "The user name is not asked for again."
    press(page, password=PASSWORD)
    assert refused(page) == "wrong-password"
    press(page, password=NEW_PASSWORD)
    installation.live.clock.advance(seconds=30)
    press(page, code=code_now(installation.live, person.secret))
    assert is_signed_in(page)
