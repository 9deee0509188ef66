"""The password: what is taken, what is said, and the pause after too many wrong ones."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.accounts import add_account
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import Person, completed, disable, invite, place_at
from tests.support.rows import beside, row_of, rows_of, tables
from wizard.models import AuditEvent, Outcome, Proof, Session


def at_password(client: PageClient, person: Person) -> Page:
    return place_at(client, "sign-in", "enter-password", person)


def wrong(page: Page, times: int, start: int = 0) -> Page:
    """Enter `times` wrong passwords, each another one."""
    for number in range(start, start + times):
        page = page.press(password=f"wrong password {number}")
    return page


def test_the_right_one_is_a_proof_of_this_session(app: Flask, client: PageClient) -> None:
    person = completed(app)
    known = {row.id for row in rows_of(app, Session)}
    assert at_password(client, person).press(password=person.password).step == "enter-code"
    session = next(row for row in rows_of(app, Session) if row.id not in known)
    proof = row_of(app, Proof, session_id=session.id, ended_at=None)
    assert (proof.kind, proof.method, proof.account_id) == ("password", "own", person.account_id)


def test_a_wrong_one_says_how_many_tries_are_left(app: Flask, client: PageClient) -> None:
    page = wrong(at_password(client, completed(app)), 1)
    assert (page.status, page.refused) == (422, "wrong-password")
    assert "9" in page.errors["password"]
    page = wrong(page, 8, start=1)
    assert "1" in page.errors["password"]
    assert not page.find("[name=password]").get("value")


def test_letters_count_as_typed(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = at_password(client, person)
    for typed in (person.password.lower(), person.password + " ", person.password[:-1], person.password.upper()):
        assert page.press(password=typed).refused == "wrong-password"


def test_the_tenth_wrong_one_pauses_for_a_minute_and_the_right_one_too(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    page = wrong(at_password(client, person), 9)
    assert page.refused == "wrong-password"
    page = wrong(page, 1, start=9)
    assert (page.status, page.refused) == (422, "paused")
    assert "9:01" in page.errors["password"]
    clock.advance(seconds=59)
    assert client.get("/sign-in", follow=True).said("time[data-ends]")
    assert page.press(password=person.password).refused == "paused"
    clock.advance(seconds=1)
    assert not client.get("/sign-in", follow=True).has("time[data-ends]")
    assert page.press(password=person.password).step == "enter-code"


def test_each_further_wrong_one_doubles_the_pause_up_to_a_quarter_of_an_hour(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page = wrong(at_password(client, completed(app)), 10)
    for number, minutes in enumerate((1, 2, 4, 8, 15, 15), start=10):
        clock.advance(minutes=minutes)
        page = wrong(page, 1, start=number)
        assert page.refused == "paused"
        ends = (clock.now().hour * 60 + clock.now().minute) + min(15, 2 ** (number - 9))
        assert f"{ends // 60}:{ends % 60:02}" in page.errors["password"]


def test_the_owner_is_told_once_that_sign_in_is_paused(
    app: Flask, client: PageClient, clock: MovableClock, mailbox: Mailbox
) -> None:
    person = completed(app)
    page = wrong(at_password(client, person), 9)
    assert not mailbox.all("sign_in_paused")
    page = wrong(page, 4, start=9)
    clock.advance(minutes=1)
    wrong(page, 1, start=20)
    assert [mail.to for mail in mailbox.all("sign_in_paused")] == [person.email]
    assert len(rows_of(app, AuditEvent, kind="sign-in-paused", account_id=person.account_id)) == 1


def test_the_same_wrong_one_again_counts_once(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = at_password(client, person)
    for _ in range(30):
        page = page.press(password="the old password of the mail program")
    assert page.refused == "wrong-password"
    assert page.press(password=person.password).step == "enter-code"


def test_a_right_one_takes_the_count_back(app: Flask, client: PageClient) -> None:
    person = completed(app)
    wrong(at_password(client, person), 9).press(password=person.password)
    other = PageClient(app)
    assert wrong(at_password(other, person), 9, start=50).refused == "wrong-password"


def test_the_count_fades_after_twelve_hours(app: Flask, client: PageClient, clock: MovableClock) -> None:
    page = wrong(at_password(client, completed(app)), 9)
    clock.advance(hours=12)
    assert wrong(page, 9, start=20).refused == "wrong-password"


def test_the_count_is_the_names_whoever_types(app: Flask, client: PageClient) -> None:
    person, other = completed(app), completed(app, "bilal.aden", email="bilal@people.example")
    wrong(at_password(client, person), 10)
    assert at_password(PageClient(app, address="192.0.2.7"), person).press(password=person.password).refused == "paused"
    assert at_password(PageClient(app), other).press(password=other.password).step == "enter-code"


def test_in_a_pause_a_new_password_can_still_be_chosen(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = wrong(at_password(client, person), 10)
    assert page.has("a[href='/forgotten-password']")
    assert place_at(client, "forgotten-password", "finish", person).press("portal").signed_in
    assert place_at(PageClient(app), "sign-in", "enter-password", person)


def test_a_disabled_account_is_refused_like_a_wrong_password(app: Flask, client: PageClient) -> None:
    person = completed(app)
    disable(app, person)
    before = tables(app, besides=frozenset({"outcomes", "throttles"}))
    page = at_password(client, person).press(password=person.password)
    assert (page.status, page.refused) == (422, "wrong-password")
    assert tables(app, besides=frozenset({"outcomes", "throttles"})) == before


@pytest.mark.settings(password_tries=3)
def test_for_every_name_the_same_rows_are_written(app: Flask) -> None:
    closed = invite(app, "closed", email="closed@people.example")
    disable(app, closed)
    beside(app, lambda: add_account("uninvited"))
    names = ["nobody", "no name", invite(app).username, closed.username, "uninvited"]
    wrong(PageClient(app).get("/sign-in", follow=True).press(username="first of this source"), 1)
    written = []
    for name in names:
        before = {table: len(rows) for table, rows in tables(app).items()}
        page = PageClient(app).get("/sign-in", follow=True).press(username=name)
        wrong(page, 4)
        written.append({table: len(rows) - before[table] for table, rows in tables(app).items()})
    assert written == [written[0]] * len(names)
    assert written[0]["outcomes"] == 5
    assert not [row for row in rows_of(app, Outcome, step="enter-password", result="refused") if row.account_id]


@pytest.mark.settings(source_limit=5)
def test_a_source_that_tries_too_often_waits_and_others_do_not(app: Flask, clock: MovableClock) -> None:
    client = PageClient(app, address="198.51.100.9")
    page = client.get("/sign-in", follow=True).press(username="nobody")
    wrong(page, 5)
    answer = wrong(page, 1)
    assert (answer.status, answer.problem) == (429, "too-many-requests")
    assert answer.headers["Retry-After"]
    elsewhere = PageClient(app, address="198.51.100.10")
    page = elsewhere.get("/sign-in", follow=True).press(username="nobody")
    assert wrong(page, 1, start=30).status == 422
    clock.advance(minutes=1)
    assert wrong(client.get("/sign-in/enter-password"), 1, start=40).status == 422


@pytest.mark.settings(migrated_from="the old portal")
def test_the_page_says_which_password_no_longer_works(app: Flask, client: PageClient) -> None:
    assert "the old portal" in at_password(client, completed(app)).text


def test_the_page_of_the_first_connection_asks_for_the_temporary_password(app: Flask, client: PageClient) -> None:
    page = place_at(client, "first-connection", "enter-password", invite(app))
    assert "Temporary password" in page.text
    assert page.has("a[href='/forgotten-password']")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("Only the newest one works, for 7 days.", id="days"),
        pytest.param("Only the newest one works.", id="hours", marks=pytest.mark.settings(issue_lifetime=7200)),
    ],
)
def test_the_page_says_how_long_a_temporary_password_is_good(app: Flask, client: PageClient, said: str) -> None:
    assert said in place_at(client, "first-connection", "enter-password", invite(app)).text


@pytest.mark.parametrize(
    ("typed", "said", "unsaid"),
    [
        ("amina.keita", "user name", "address"),
        ("amina.keita@people.example", "address", "user name"),
        ("nobody@people.example", "address", "user name"),
        ("no real@address", "address", "user name"),
    ],
)
def test_it_calls_what_was_typed_by_its_name(
    app: Flask, client: PageClient, typed: str, said: str, unsaid: str
) -> None:
    completed(app)
    page = client.get("/sign-in", follow=True).press(username=typed)
    assert f"For the {said} {typed}." in page.text
    assert f"Then your {said} is not kept here." in page.text
    error = wrong(page, 1).errors["password"]
    assert error == f"This {said} and this password do not go together. 9 tries are left before a pause."
    assert unsaid not in page.text
