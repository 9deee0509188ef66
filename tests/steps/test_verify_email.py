"""The mailed code: whose it is, how long it is good, how often it may be tried and sent."""

from __future__ import annotations

import dataclasses
import re

import pytest
from flask import Flask

from tests.support.accounts import add_account
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import Person, completed, disable, invite, mailed_button, mailed_code, place_at
from tests.support.rows import beside, change, row_of, rows_of, tables
from tests.support.smtp import SmtpServer
from wizard.adapters.mail import SmtpTransport
from wizard.models import Account, MailedCode, OutboxMail, Outcome, Proof, Session
from wizard.services import outbox

HERE = "/forgotten-password/verify-email"


def asking(client: PageClient, person: Person) -> Page:
    return place_at(client, "forgotten-password", "verify-email", person)


def wrong(page: Page, times: int, known: str = "") -> Page:
    for number in range(times):
        code = f"{number:06d}"
        page = page.client.post(HERE, {"code": code if code != known else "999999"}, follow=True)
    return page


def deliver(app: Flask, smtp: SmtpServer) -> None:
    transport = SmtpTransport(dataclasses.replace(app.extensions["perron"].settings, mail_port=smtp.port))
    assert beside(app, lambda: outbox.deliver_due(transport)).handed_over > 0


def test_the_code_of_the_mail_proves_the_address(app: Flask, client: PageClient, mailbox: Mailbox) -> None:
    person = completed(app)
    page = asking(client, person)
    mail = mailbox.newest("mailed_code")
    assert mail.to == person.email
    assert page.press(code=mail.code).step == "enter-code"
    proof = row_of(app, Proof, kind="address", ended_at=None)
    assert (proof.method, proof.target, proof.account_id) == ("mailed-code", person.email, person.account_id)
    assert row_of(app, MailedCode).used_at is not None


def test_the_page_announces_the_mail_and_names_nobodys_address(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = asking(client, person)
    mail = Mailbox(app).newest("mailed_code")
    assert "access@tamaris.example" in page.text
    assert re.sub(r"\d{6}", "······", mail.subject) in page.text
    assert attribute(page.find("time[data-ends]"), "datetime") == "2026-11-20T09:10:00Z"
    assert person.email not in page.html + page.text


@pytest.mark.parametrize("written", ["{0} {1}", "{0}-{1}", "\u200f{0}{1}\u200e", " {0}\u00a0{1} "])
def test_a_code_is_taken_however_it_is_written(app: Flask, client: PageClient, written: str) -> None:
    page = asking(client, person := completed(app))
    code = mailed_code(app, person)
    assert page.press(code=written.format(code[:3], code[3:])).step == "enter-code"


def test_foreign_digits_are_digits(app: Flask, client: PageClient) -> None:
    page = asking(client, person := completed(app))
    code = mailed_code(app, person).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert page.press(code=code).step == "enter-code"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12a456", "", "  ", "1" * 100])
def test_what_is_no_code_is_said_and_not_counted(app: Flask, client: PageClient, typed: str) -> None:
    page = asking(client, person := completed(app))
    for _ in range(6):
        answer = page.press(code=typed)
        assert (answer.status, list(answer.errors)) == (422, ["code"])
    assert page.press(code=mailed_code(app, person)).step == "enter-code"


def test_the_code_is_good_only_in_the_browser_that_asked(app: Flask, client: PageClient) -> None:
    asking(client, person := completed(app))
    code = mailed_code(app, person)
    other = PageClient(app)
    assert asking(other, person).press(code=code).refused == "wrong-code"
    assert other.get(mailed_button(app, person)).press("yes").step == "enter-code"


def test_a_new_mail_leaves_the_older_code_good_and_the_first_use_ends_all(app: Flask, client: PageClient) -> None:
    page = asking(client, person := completed(app))
    first = mailed_code(app, person)
    page = page.press("resend")
    assert mailed_code(app, person) != first
    assert page.press(code=first).step == "enter-code"
    older, newer = rows_of(app, MailedCode)
    assert older.used_at is not None
    assert newer.ended_reason == "another-used"


def test_a_used_code_is_not_good_again(app: Flask, client: PageClient, clock: MovableClock) -> None:
    page = asking(client, person := completed(app))
    code = mailed_code(app, person)
    page.press(code=code)
    client.post("/sign-out", {})
    clock.advance(minutes=1)
    assert asking(client, person).press(code=code).refused == "wrong-code"
    assert len(rows_of(app, Proof, kind="address")) == 1


def test_five_wrong_codes_leave_only_the_button(app: Flask, client: PageClient) -> None:
    asking(client, person := completed(app))
    code = mailed_code(app, person)
    page = wrong(client.get(HERE), 5, code)
    assert page.refused == "wrong-code"
    assert not client.get(HERE).has("[name=code]")
    answer = client.post(HERE, {"code": code})
    assert (answer.status, answer.refused) == (422, "paused")
    assert not rows_of(app, Proof, kind="address")
    assert client.get(mailed_button(app, person)).press("yes").step == "enter-code"


def test_ten_wrong_codes_a_day_for_one_address_leave_only_the_button_everywhere(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    for _ in range(2):
        browser = PageClient(app)
        asking(browser, person)
        wrong(browser.get(HERE), 5, mailed_code(app, person))
    asking(client, person)
    answer = client.post(HERE, {"code": mailed_code(app, person)})
    assert answer.refused == "paused"
    other = completed(app, "bilal.aden", email="bilal@people.example")
    browser = PageClient(app)
    assert asking(browser, other).press(code=mailed_code(app, other)).step == "enter-code"
    clock.advance(hours=24)
    assert asking(client, person).press(code=mailed_code(app, person)).step == "enter-code"


@pytest.mark.settings(mailed_code_stop=6)
def test_too_many_wrong_codes_in_the_whole_installation_stop_all_codes_for_an_hour(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    for name in ("nobody", "no one"):
        browser = PageClient(app)
        wrong(browser.get("/forgotten-password", follow=True).press(username=name), 3)
    page = asking(client, person := completed(app))
    assert not page.has("[name=code]")
    assert client.post(HERE, {"code": mailed_code(app, person)}).refused == "paused"
    clock.advance(hours=1)
    assert asking(client, person).press(code=mailed_code(app, person)).step == "enter-code"


def test_right_codes_do_not_use_up_what_all_share(app: Flask) -> None:
    person = completed(app)
    for _ in range(3):
        browser = PageClient(app)
        page = wrong(asking(browser, person), 3)
        assert page.press(code=mailed_code(app, person)).step == "enter-code"
        app.extensions["perron"].clock.advance(hours=1)


def test_three_mails_in_a_quarter_of_an_hour_and_then_the_time_is_told(
    app: Flask, client: PageClient, clock: MovableClock, mailbox: Mailbox
) -> None:
    page = asking(client, completed(app))
    page = page.press("resend").press("resend")
    assert "resend" not in page.choices()
    assert attribute(page.soup.select("time[data-ends]")[-1], "datetime") == "2026-11-20T09:15:00Z"
    answer = client.post(HERE, {"choice": "resend"})
    assert (answer.status, answer.refused) == (422, "too-many-mails")
    assert "9:15" in answer.soup.get_text()
    assert mailbox.count("mailed_code") == 3
    clock.advance(minutes=15)
    assert "resend" in client.get(HERE).choices()
    assert client.post(HERE, {"choice": "resend"}).status == 303


def test_ten_mails_a_day(app: Flask, client: PageClient, clock: MovableClock, mailbox: Mailbox) -> None:
    asking(client, completed(app))
    for _ in range(12):
        clock.advance(minutes=16)
        client.post(HERE, {"choice": "resend"})
    assert mailbox.count("mailed_code") == 10
    assert client.post(HERE, {"choice": "resend"}).refused == "too-many-mails"


def test_loading_again_sends_no_other_mail_while_one_is_good(
    app: Flask, client: PageClient, clock: MovableClock, mailbox: Mailbox
) -> None:
    asking(client, completed(app))
    for _ in range(3):
        client.get(HERE)
    clock.advance(minutes=9, seconds=59)
    client.get(HERE)
    assert mailbox.count("mailed_code") == 1
    clock.advance(seconds=1)
    client.get(HERE)
    assert mailbox.count("mailed_code") == 2


@pytest.mark.parametrize(("minutes", "good"), [(9, True), (10, False)])
def test_the_ten_minutes_begin_when_the_mail_has_left(
    app: Flask, client: PageClient, clock: MovableClock, smtp: SmtpServer, minutes: int, good: bool
) -> None:
    page = asking(client, person := completed(app))
    code = mailed_code(app, person)
    clock.advance(minutes=20)
    deliver(app, smtp)
    clock.advance(minutes=minutes)
    answer = page.press(code=code)
    assert (answer.step == "enter-code") is good
    assert good or answer.refused == "code-expired"


def test_a_mail_that_never_left_makes_no_code_good_for_longer_than_an_hour(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page = asking(client, person := completed(app))
    code = mailed_code(app, person)
    clock.advance(minutes=60)
    assert page.press(code=code).refused == "code-expired"


def test_a_code_of_an_address_that_was_changed_since_proves_nothing(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page = asking(client, person := completed(app))
    code = mailed_code(app, person)
    change(app, Account, person.account_id, email="new@people.example", email_key="new@people.example")
    assert page.press(code=code).status == 422
    assert not rows_of(app, Proof, kind="address")


def test_for_every_name_the_same_rows_are_written(app: Flask) -> None:
    closed = invite(app, "closed", email="closed@people.example")
    disable(app, closed)
    beside(app, lambda: add_account("uninvited"))
    wrong(PageClient(app).get("/forgotten-password", follow=True).press(username="first of this source"), 1)
    written = []
    for name in ("nobody", "no name", invite(app).username, closed.username, "uninvited"):
        before = {table: len(rows) for table, rows in tables(app).items()}
        client = PageClient(app)
        client.get("/forgotten-password", follow=True).press(username=name)
        client.post(HERE, {"choice": "resend"}, follow=True)
        wrong(client.get(HERE), 6)
        written.append({table: len(rows) - before[table] for table, rows in tables(app).items()})
    assert written == [written[0]] * len(written)
    assert written[0]["mailed_codes"] == written[0]["outbox"] == 2
    assert not rows_of(app, Session)
    assert not [row for row in rows_of(app, Outcome, step="verify-email") if row.account_id]
    nobodys = [row for row in rows_of(app, OutboxMail, kind="mailed_code") if row.recipient is None]
    assert {(row.state, row.message) for row in nobodys} == {("given-up", None)}


def test_typing_another_name_asks_for_that_one(app: Flask, client: PageClient, mailbox: Mailbox) -> None:
    first, second = completed(app), completed(app, "bilal.aden", email="bilal@people.example")
    page = asking(client, first)
    code = mailed_code(app, first)
    page = page.open("Back").press(username=second.username)
    assert page.step == "verify-email"
    assert mailbox.newest("mailed_code").to == second.email
    assert page.press(code=code).refused == "wrong-code"


def test_the_mail_speaks_the_language_of_the_page(app: Flask, mailbox: Mailbox) -> None:
    asking(PageClient(app, language="fr"), completed(app))
    assert mailbox.newest("mailed_code").language == "fr"


def test_when_no_more_mail_may_leave_the_page_does_not_say_that_one_does(app: Flask, clock: MovableClock) -> None:
    """Three mails were asked for elsewhere: a new browser gets none, and is told to look for those."""
    person = completed(app)
    page = place_at(PageClient(app), "forgotten-password", "verify-email", person)
    for _ in range(2):
        page = page.press("resend")
    clock.advance(minutes=11)
    other = place_at(PageClient(app), "forgotten-password", "verify-email", person)
    assert "There were several emails already" in other.text
    assert "is on its way" not in other.text


def gone_on(app: Flask, client: PageClient, person: Person) -> Page:
    """The page of `client` after the button of its mail was pressed in another browser."""
    asking(client, person)
    assert PageClient(app).get(mailed_button(app, person)).press("yes").step == "enter-code"
    return client.get(HERE)


def test_after_the_button_was_pressed_elsewhere_the_page_holds_the_way_on_only(app: Flask, client: PageClient) -> None:
    page = gone_on(app, client, completed(app))
    assert page.title.startswith("You went on elsewhere")
    assert (page.has("[name=code]"), page.choices()) == (False, ["resend"])
    for unsaid in ("is on its way", "unwanted mail", "Good until"):
        assert unsaid not in page.text


def test_a_new_mail_asked_for_there_opens_the_field_again(app: Flask, client: PageClient, clock: MovableClock) -> None:
    page = gone_on(app, client, person := completed(app))
    clock.advance(minutes=1)
    page = page.press("resend")
    assert page.title.startswith("Look at your email")
    assert page.press(code=mailed_code(app, person)).step == "enter-code"


def test_a_page_drawn_before_is_told_that_its_code_has_done_its_work(app: Flask, client: PageClient) -> None:
    gone_on(app, client, person := completed(app))
    answer = client.post(HERE, {"code": mailed_code(app, person)})
    assert (answer.status, answer.refused) == (422, "code-used")
    assert "This code was used already. Ask for a new email below." in answer.said("[data-error-summary]")
    assert answer.has("#code[role=status]")
    assert not answer.has("[name=code]")


def test_when_no_mail_may_leave_it_says_from_when_on(app: Flask, client: PageClient) -> None:
    person = completed(app)
    asking(client, person).press("resend").press("resend")
    assert PageClient(app).get(mailed_button(app, person)).press("yes").step == "enter-code"
    page = client.get(HERE)
    assert (page.choices(), page.has("[name=code]")) == ([], False)
    assert "You can ask for a new email from 9:15 on." in page.text
    assert "ask for a new email." not in page.text
    late = client.post(HERE, {"code": mailed_code(app, person)})
    assert late.refused == "code-used"
    assert "Ask for a new email below" not in late.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("amina.keita", "If we know this user name, an email is on its way to the address that belongs to it."),
        ("amina.keita@people.example", "If we know this address or user name, an email is on its way"),
        ("nobody@people.example", "If we know this address or user name, an email is on its way"),
    ],
)
def test_it_calls_what_was_typed_by_its_name(app: Flask, client: PageClient, typed: str, said: str) -> None:
    completed(app)
    page = client.get("/forgotten-password", follow=True).press(username=typed)
    assert said in page.text
