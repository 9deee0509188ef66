"""Proving an address: the code in the browser that asked, the button in any."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import ask_for_code, button_for, code_for, moved
from tests.support.page_client import PageClient
from tests.support.people import completed, disable, mailed_button, mailed_code, place_at
from tests.support.rows import change, row_of, rows_of, tables
from wizard.models import Account, AuditEvent, MailedCode, OutboxMail, Proof


def test_asking_for_a_name_that_nobody_has_writes_the_same_rows(app: Flask) -> None:
    completed(app)
    # The very first mail makes the counter that all share.
    PageClient(app, address="192.0.2.7").get("/forgotten-password", follow=True).press(username="somebody.else")
    grown = []
    for name, address in (("amina.keita", "198.51.100.7"), ("nobody.atall", "203.0.113.7")):
        before = {table: len(rows) for table, rows in tables(app).items()}
        PageClient(app, address=address).get("/forgotten-password", follow=True).press(username=name)
        grown.append({table: len(rows) - before[table] for table, rows in tables(app).items()})
    assert grown[0] == grown[1]
    assert grown[0]["outbox"] == grown[0]["mailed_codes"] == 1
    newest = rows_of(app, OutboxMail, kind="mailed_code")[-1]
    assert (newest.recipient, newest.message, newest.state) == (None, None, "given-up")


def test_code_and_button_are_stored_hashed(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "verify-email", person)
    code, button = mailed_code(app, person), mailed_button(app, person).split("/")[-1]
    row = row_of(app, MailedCode)
    assert code not in repr(vars(row))
    assert button not in repr(tables(app))
    assert code not in row_of(app, OutboxMail, kind="mailed_code").subject


def test_the_code_is_worth_nothing_in_another_browser(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    other = place_at(PageClient(app), "forgotten-password", "verify-email", person)
    if mailed_code(app, person) != code:
        assert other.press(code=code).refused == "wrong-code"
    assert client.get("/forgotten-password/verify-email").press(code=code).step == "enter-code"


def test_the_button_proves_in_another_browser_and_never_in_the_waiting_one(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    elsewhere = PageClient(app)
    assert elsewhere.get(mailed_button(app, person)).press("yes").step == "enter-code"
    assert client.get(page.path).step == "verify-email"
    assert [row.method for row in rows_of(app, Proof, kind="address")] == ["mailed-button"]


def test_one_use_ends_all_codes_of_the_account(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    first = mailed_code(app, person)
    page.press("resend")
    second = mailed_code(app, person)
    page = client.get(page.path)
    assert page.press(code=first).step == "enter-code"
    assert [row.ended_reason for row in rows_of(app, MailedCode) if row.used_at is None] == ["another-used"]
    assert client.get(f"{mailed_button(app, person)}").problem == "link-replaced"
    assert second != first or len(rows_of(app, MailedCode)) == 2


def test_older_codes_stay_good_when_a_newer_one_is_asked_for(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    first = mailed_code(app, person)
    assert page.press("resend").press(code=first).step == "enter-code"


def test_an_address_that_was_changed_meanwhile_is_not_proven_by_the_old_code(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    change(app, Account, person.account_id, email="new@tamaris.example", email_key="new@tamaris.example")
    assert page.press(code=code).refused == "code-used"
    assert rows_of(app, Proof, kind="address") == []


def test_a_disabled_account_proves_nothing(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    disable(app, person)
    assert page.press(code=code).status == 422
    assert rows_of(app, AuditEvent, kind="address-proven") == []


@pytest.mark.settings(mailed_sends=2)
def test_only_so_many_mails_are_sent_and_the_page_says_when_again(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    page = place_at(client, "forgotten-password", "verify-email", completed(app)).press("resend")
    assert "resend" not in page.choices()
    refused = client.post(page.path, {"choice": "resend"})
    assert (refused.status, refused.refused) == (422, "too-many-mails")
    assert len(rows_of(app, OutboxMail, kind="mailed_code")) == 2
    clock.advance(minutes=16)
    assert "resend" in client.get(page.path).choices()


@pytest.mark.settings(mailed_code_tries=2)
def test_after_wrong_codes_only_the_button_works(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert [page.press(code=wrong).refused for _ in range(2)] == ["wrong-code"] * 2
    last = page.press(code=code)
    assert (last.refused, last.has("[name=code]")) == ("paused", False)
    assert client.get(mailed_button(app, person)).press("yes").step == "enter-code"


@pytest.mark.settings(mailed_code_stop=3)
def test_many_wrong_codes_everywhere_stop_codes_for_an_hour(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    for number in range(3):
        person = completed(app, f"person.{number}")
        page = place_at(PageClient(app), "forgotten-password", "verify-email", person)
        code = mailed_code(app, person)
        assert page.press(code=f"{(int(code) + 1) % 1_000_000:06d}").refused == "wrong-code"
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    assert not page.has("[name=code]")
    assert client.post(page.path, {"code": mailed_code(app, person)}).refused == "paused"
    clock.advance(minutes=61)
    page = client.get(page.path)
    assert page.press(code=mailed_code(app, person)).step == "enter-code"


NOBODY = "nadia.sow@elsewhere.example"


def test_a_strangers_mail_is_a_row_without_an_account_and_with_its_address(app: Flask, client: PageClient) -> None:
    ask_for_code(client, "Nadia.Sow@Elsewhere.example")
    row, mail = row_of(app, MailedCode), row_of(app, OutboxMail)
    assert (row.account_id, row.address, row.journey) == (None, NOBODY, "migrated-account")
    assert (mail.account_id, mail.recipient, mail.state) == (None, "Nadia.Sow@Elsewhere.example", "waiting")
    assert (row.handed_over_at, row.delayed_until) == (None, None)


def test_a_strangers_proof_is_of_the_address_and_of_nobody(app: Flask, client: PageClient) -> None:
    ask_for_code(client, NOBODY).press(code=code_for(app, NOBODY))
    proof = row_of(app, Proof)
    assert (proof.kind, proof.method, proof.target, proof.account_id) == ("address", "mailed-code", NOBODY, None)
    assert row_of(app, AuditEvent, kind="address-proven").account_id is None


def test_pressing_elsewhere_is_noted_and_pressing_here_is_not(app: Flask, client: PageClient) -> None:
    person = moved(app)
    ask_for_code(client, person.email)
    PageClient(app).get(button_for(app, person.email)).press("yes")
    other = PageClient(app)
    ask_for_code(other, NOBODY)
    other.get(button_for(app, NOBODY)).press("yes")
    assert [row.ended_reason for row in rows_of(app, MailedCode)] == ["elsewhere", None]
    assert all(row.used_at for row in rows_of(app, MailedCode))


def test_a_strangers_first_use_ends_the_other_mails_for_that_address_only(app: Flask, client: PageClient) -> None:
    ask_for_code(PageClient(app), NOBODY)
    ask_for_code(PageClient(app), "omar.ba@elsewhere.example")
    ask_for_code(client, NOBODY).press(code=code_for(app, NOBODY))
    assert sorted((row.address, row.ended_reason or "") for row in rows_of(app, MailedCode, used_at=None)) == [
        (NOBODY, "another-used"), ("omar.ba@elsewhere.example", ""),
    ]  # fmt: skip


@pytest.mark.settings(stranger_mails=1)
def test_a_delayed_mail_keeps_when_it_may_leave_and_the_page_ages_as_any_other(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    ask_for_code(PageClient(app), NOBODY)
    page = ask_for_code(client, "omar.ba@elsewhere.example")
    assert page.find("time[data-ends]")["datetime"] == "2026-11-20T09:10:00Z"
    delayed = rows_of(app, MailedCode)[-1]
    assert delayed.delayed_until is not None
    assert (delayed.delayed_until - clock.now()).total_seconds() == 3600
    assert rows_of(app, OutboxMail)[-1].due_at == delayed.delayed_until
    late = ask_for_code(PageClient(app), "third@elsewhere.example")
    assert late.find("time[data-ends]")["datetime"] == "2026-11-20T09:10:00Z"
    newest = rows_of(app, OutboxMail)[-1]
    assert (newest.state, newest.recipient, rows_of(app, MailedCode)[-1].address) == ("given-up", None, None)
