"""Whoever enters an address learns nothing about who has an account (SEC-28), and fills nobody's mailbox."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import arrived, ask_for_code, code_for, moved, prove_address
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, disable, invite
from tests.support.rows import rows_of, tables
from wizard.models import MailedCode, OutboxMail, Session

NOBODY = "nadia.sow@elsewhere.example"
KEPT_HEADERS = ("Cache-Control", "Content-Type", "Location", "Retry-After", "Vary")
HERE = "/migrated-account/verify-email"
PEOPLE = {
    "unknown": NOBODY,
    "moved": "amina.keita@harbour.example",
    "with a plus": "chidi.obi+portal@harbour.example",
    "arrived": "bilal.aden@harbour.example",
    "disabled": "dalia.haddad@harbour.example",
    "shared": "info@harbour.example",
    "several": "two@harbour.example",
    "placeholder": "noreply@harbour.example",
    "invited": "emeka.obi@harbour.example",
    "complete": "farah.nasr@harbour.example",
}


@pytest.fixture
def everybody(app: Flask) -> dict[str, str]:
    """An address of each kind."""
    moved(app, PEOPLE["moved"])
    moved(app, "chidi.obi@harbour.example")
    arrived(app, PEOPLE["arrived"])
    disable(app, moved(app, PEOPLE["disabled"]))
    for email in (PEOPLE["shared"], PEOPLE["several"], PEOPLE["several"], PEOPLE["placeholder"]):
        moved(app, email)
    invite(app, "emeka.obi", email=PEOPLE["invited"])
    completed(app, "farah.nasr", email=PEOPLE["complete"])
    # The first mail to a stranger, to somebody known, and the first wrong code make the counters that all share.
    ask_for_code(PageClient(app, address="203.0.113.1"), "somebody.else@elsewhere.example")
    ask_for_code(PageClient(app, address="203.0.113.1"), "amina.keita+first@harbour.example").press(code="000000")
    app.extensions["perron"].clock.advance(hours=25)
    return PEOPLE


def as_seen(page: Page, email: str) -> tuple[object, ...]:
    """An answer without what differs at every request: the address itself, nonces, form secrets, help code."""
    html = page.html.replace("<wbr>", "").replace(email, "ADDRESS")
    html = re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"|data-help-code>[^<]+|%20code%20[A-Z0-9-]+', "", html)
    cookies = sorted(re.sub("=[^;]*", "", cookie, count=1) for cookie in page.headers.getlist("Set-Cookie"))
    return page.status, page.path, [page.headers.get(name) for name in KEPT_HEADERS], cookies, html


def asking(client: PageClient, email: str) -> list[Page]:
    page = client.get("/migrated-account", follow=True)
    pages = [page, client.post("/migrated-account/enter-email", {"email": email})]
    pages += [client.get(HERE), client.get(HERE)]
    pages += [client.post(HERE, {"choice": "resend"}, follow=True) for _ in range(3)]
    pages += [client.post(HERE, {"code": f"00000{number}"}, follow=True) for number in range(6)]
    return [*pages, client.get("/migrated-account", follow=True)]


def all_alike(app: Flask, walk: Callable[[PageClient, str], list[Page]], people: dict[str, str]) -> None:
    seen = {}
    for number, (kind, email) in enumerate(people.items()):
        client = PageClient(app, address=f"198.51.100.{number}")
        seen[kind] = [as_seen(page, email) for page in walk(client, email)]
    assert len(seen["unknown"]) > 5
    for kind, pages in seen.items():
        assert pages == seen["unknown"], kind


def test_asking_and_guessing_look_alike_for_every_address(app: Flask, everybody: dict[str, str]) -> None:
    all_alike(app, asking, everybody)


def test_they_look_alike_when_the_code_has_run_out(app: Flask, everybody: dict[str, str], clock: MovableClock) -> None:
    clients = {kind: PageClient(app, address=f"198.51.100.{n}") for n, kind in enumerate(everybody)}
    for kind, client in clients.items():
        ask_for_code(client, everybody[kind])
    clock.advance(minutes=11)
    seen = {
        kind: [
            as_seen(client.get(HERE), everybody[kind]),
            as_seen(client.post(HERE, {"code": "123456"}), everybody[kind]),
        ]
        for kind, client in clients.items()
    }
    assert {kind for kind, pages in seen.items() if pages != seen["unknown"]} == set()


def test_for_every_address_the_same_rows_are_written_and_one_mail_leaves(app: Flask, everybody: dict[str, str]) -> None:
    grown: dict[str, dict[str, int]] = {}
    for number, (kind, email) in enumerate(everybody.items()):
        before, mails = tables(app), len(Mailbox(app).all("mailed_code"))
        asking(PageClient(app, address=f"198.51.100.{number}"), email)
        grown[kind] = {table: len(rows) - len(before[table]) for table, rows in tables(app).items()}
        assert len(Mailbox(app).all("mailed_code")) - mails == 3, kind
    unlike = {
        kind: {table: (rows[table], number) for table, number in grown["unknown"].items() if rows[table] != number}
        for kind, rows in grown.items()
    }
    assert {kind: tables for kind, tables in unlike.items() if tables} == {}
    assert grown["unknown"]["outbox"] == grown["unknown"]["mailed_codes"] == 3
    assert grown["unknown"]["accounts"] == grown["unknown"]["sessions"] == grown["unknown"]["proofs"] == 0


def test_every_mail_goes_to_the_stored_address_and_says_nothing_of_the_account(
    app: Flask, everybody: dict[str, str]
) -> None:
    wanted = dict(everybody) | {"with a plus": "chidi.obi@harbour.example"}
    seen = {}
    for number, (kind, email) in enumerate(everybody.items()):
        ask_for_code(PageClient(app, address=f"198.51.100.{number}"), email)
        mail = Mailbox(app).newest("mailed_code")
        assert mail.to == wanted[kind]
        seen[kind] = mail
    assert not {kind for kind, mail in seen.items() if "Harbour Aid" in mail.plain + mail.html}


def test_the_front_of_the_journey_is_alike_with_and_without_people(app: Flask, client: PageClient) -> None:
    empty = as_seen(client.get("/migrated-account", follow=True), NOBODY)
    moved(app)
    assert as_seen(PageClient(app).get("/migrated-account", follow=True), NOBODY) == empty


@pytest.mark.parametrize("typed", ["amina.keita", "nobody.atall", "nadia@elsewhere.example", "farah@people.example"])
def test_with_a_strangers_proof_no_name_is_told_from_another(app: Flask, client: PageClient, typed: str) -> None:
    """Anybody can prove a mailbox of their own; what they type afterwards is answered alike, and nobody's address is passed by."""
    completed(app)
    completed(app, "farah.nasr", email="farah@people.example")
    assert prove_address(client, NOBODY).step == "no-account"
    page = client.get("/forgotten-password", follow=True).press(username=typed)
    assert (page.journey, page.step) == ("forgotten-password", "verify-email")
    assert not rows_of(app, Session, revoked_at=None)
    assert client.get("/migrated-account", follow=True).step == "verify-email"
    for step in ("match-number", "enter-code", "change-password"):
        assert client.get(f"/forgotten-password/{step}").location == "/forgotten-password/verify-email"


@pytest.mark.parametrize("typed", ["amina.keita", "nobody.atall"])
@pytest.mark.parametrize("journey", ["forgotten-password", "sign-in", "first-connection", "replace-phone"])
def test_a_name_typed_before_the_strangers_proof_is_not_proven_by_it(
    app: Flask, client: PageClient, journey: str, typed: str
) -> None:
    completed(app)
    page = client.get(f"/{journey}", follow=True)
    page = page.press() if page.step == "prepare" else page
    stands = page.press(username=typed).step
    prove_address(client, NOBODY)
    page = client.get(f"/{journey}", follow=True)
    assert page.step in {stands, "prepare", "enter-username"}
    answer = client.post("/forgotten-password/change-password", {"new_password": "Quatre 4 bateaux bleus"})
    assert (answer.status, answer.location) in {
        (303, "/forgotten-password/verify-email"), (303, "/forgotten-password/enter-username"),
    }  # fmt: skip


# Mails to strangers are spaced out


def delays(app: Flask) -> list[float]:
    """In how many seconds each mail may leave; a mail that never will is left out."""
    rows = [row for row in rows_of(app, OutboxMail, kind="mailed_code") if row.message is not None]
    return [(row.due_at - row.created_at).total_seconds() for row in rows]


def test_the_eleventh_stranger_of_one_source_waits_and_the_page_says_nothing(app: Flask) -> None:
    seen = []
    for number in range(13):
        email = f"person{number:02}@elsewhere.example"
        page = ask_for_code(PageClient(app), email)
        seen.append(as_seen(page, email))
    assert delays(app) == [0] * 10 + [360, 720, 1080]
    assert seen == [seen[0]] * 13


def test_another_source_is_not_kept_waiting(app: Flask) -> None:
    for number in range(12):
        ask_for_code(PageClient(app), f"person{number:02}@elsewhere.example")
    ask_for_code(PageClient(app, address="198.51.100.7"), NOBODY)
    assert delays(app)[-1] == 0


def test_who_has_an_account_never_waits(app: Flask) -> None:
    for number in range(12):
        ask_for_code(PageClient(app), f"person{number:02}@elsewhere.example")
    for number in range(12):
        ask_for_code(PageClient(app), moved(app, f"member{number:02}@harbour.example").email)
    assert delays(app)[12:] == [0] * 12


def test_the_same_is_booked_for_known_addresses_and_not_heeded(app: Flask) -> None:
    for number in range(3):
        ask_for_code(PageClient(app), moved(app, f"member{number:02}@harbour.example").email)
    ask_for_code(PageClient(app), NOBODY)
    counters = tables(app)["throttles"]
    assert sorted(str(row[0]) for row in counters if str(row[0]).startswith("mails-to")) == [
        "mails-to-acquaintances", "mails-to-acquaintances", "mails-to-strangers", "mails-to-strangers",
    ]  # fmt: skip


@pytest.mark.settings(stranger_mails_in_all=5)
def test_in_all_sources_together_there_is_a_measure_too(app: Flask) -> None:
    for number in range(7):
        ask_for_code(PageClient(app, address=f"198.51.100.{number}"), f"person{number:02}@elsewhere.example")
    assert delays(app) == [0] * 5 + [720, 1440]


@pytest.mark.settings(stranger_mails=2)
def test_a_mail_that_would_come_too_late_is_not_sent_and_nothing_says_so(app: Flask) -> None:
    seen = []
    for number in range(6):
        email = f"person{number:02}@elsewhere.example"
        seen.append(as_seen(ask_for_code(PageClient(app), email), email))
    assert delays(app) == [0, 0, 1800, 3600]
    assert seen == [seen[0]] * 6
    assert len(rows_of(app, MailedCode)) == len(rows_of(app, OutboxMail, kind="mailed_code")) == 6


@pytest.mark.settings(stranger_mails=1)
def test_a_delayed_mail_is_good_for_as_long_as_any_after_it_has_left(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    ask_for_code(PageClient(app), "first@elsewhere.example")
    ask_for_code(client, NOBODY)
    assert delays(app) == [0, 3600]
    [row] = [row for row in rows_of(app, MailedCode) if row.address == NOBODY]
    assert row.delayed_until == clock.now() + timedelta(hours=1)
    code = code_for(app, NOBODY)
    clock.advance(minutes=70)
    assert client.post(HERE, {"code": code}, follow=True).step == "no-account"


def test_three_mails_in_a_quarter_of_an_hour_to_one_address_from_wherever(app: Flask, mailbox: Mailbox) -> None:
    for number in range(6):
        ask_for_code(PageClient(app, address=f"198.51.100.{number}"), NOBODY)
    assert len(mailbox.all("mailed_code")) == 3
