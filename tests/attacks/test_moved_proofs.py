"""An address that was proven: for which account, in which session, and for what it never counts."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import arrived, ask_for_code, button_for, code_for, moved, prove_address
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, PASSWORD, completed, place_at, reset, sign_in
from tests.support.rows import NOTES_OF_POSTS, beside, row_of, rows_of, tables
from tests.support.windows import cookie_of, window_of
from wizard.models import Account, AuditEvent, Authenticator, Proof, Session, db, write

HERE = "/migrated-account"
NOBODY = "nadia.sow@elsewhere.example"


@pytest.mark.parametrize("kind", ["moved", "first-connection"])
def test_the_owner_of_the_mailbox_alone_sets_no_password_where_there_is_one(
    app: Flask, client: PageClient, kind: str
) -> None:
    """Vantage6 CVE-2024-27928: the mailbox alone took the account over."""
    person = arrived(app) if kind == "moved" else completed(app)
    before = row_of(app, Account).password_hash
    assert prove_address(client, person.email).step == "enter-password"
    for path in ("migrated-account/create-password", "forgotten-password/change-password",
                 "first-connection/change-password"):  # fmt: skip
        answer = client.post(f"/{path}", {"new_password": NEW_PASSWORD})
        assert answer.status == 303
        assert row_of(app, Account).password_hash == before
    for path in ("migrated-account/choose-authenticator", "replace-phone/choose-authenticator"):
        assert client.post(f"/{path}", {"choice": "code-app"}).status == 303
    assert len(rows_of(app, Authenticator)) == 1
    assert not client.get("/account", follow=True).signed_in


def test_mailbox_and_password_without_the_second_step_are_not_in(app: Flask, client: PageClient) -> None:
    person = arrived(app)
    page = prove_address(client, person.email).press(password=PASSWORD)
    assert page.step == "enter-code"
    assert not client.get("/account", follow=True).signed_in
    for choice in ("code-app", "phone"):
        client.post(f"{HERE}/choose-authenticator", {"choice": choice})
    assert [row.proven_at is not None for row in rows_of(app, Authenticator)] == [True]
    assert client.get(HERE, follow=True).step == "enter-code"


@pytest.mark.parametrize("email", ["amina.keita@harbour.example", "boss@strasse.example"])
def test_a_strangers_proof_never_counts_for_an_account_that_comes_later(
    app: Flask, client: PageClient, email: str
) -> None:
    """Keycloak CVE-2026-9087. The second one was proven by another mailbox, whose text has the same key."""
    typed = "boss@straße.example" if email.startswith("boss") else email
    client.get("/replace-phone", follow=True).press(username=email)
    ask_for_code(client, typed).press(code=newest_code(app))
    assert client.get(HERE, follow=True).step == "no-account"
    person = completed(app, "amina.keita", email=email)
    reset(app, person, "choose-authenticator")
    page = client.get("/replace-phone", follow=True)
    assert page.step == "enter-password"
    page = page.press(password=person.password)
    # Password known and no authenticator left: now the address decides, and it has to be proven for this account.
    assert (page.journey, page.step) == ("replace-phone", "verify-email")
    assert client.get("/replace-phone/choose-authenticator").location == "/replace-phone/verify-email"


def newest_code(app: Flask) -> str:
    code = Mailbox(app).newest("mailed_code").code
    assert code is not None
    return code


def test_a_strangers_session_is_reached_by_no_account_of_the_same_text(app: Flask, client: PageClient) -> None:
    assert prove_address(client, "amina.keita@harbour.example").step == "no-account"
    person = moved(app)
    for step in ("create-password", "enter-password", "check-details", "choose-authenticator", "finish"):
        assert client.get(f"{HERE}/{step}").status == 303
    client.post(f"{HERE}/create-password", {"new_password": PASSWORD})
    assert row_of(app, Account).password_hash is None
    assert {row.account_id for row in rows_of(app, Session)} == {None}
    page = client.get(HERE, follow=True)
    assert "Harbour Aid" not in page.html
    assert place_at(PageClient(app), "migrated-account", "create-password", person).step == "create-password"


def test_one_accounts_proof_is_not_another_accounts(app: Flask, client: PageClient) -> None:
    """authentik CVE-2023-26481: a recovery link not bound to its user."""
    mine, yours = moved(app), moved(app, "bilal.aden@harbour.example")
    place_at(client, "migrated-account", "create-password", mine)
    client.post(f"{HERE}/enter-email", {"email": yours.email})
    page = client.get(f"{HERE}/create-password")
    assert (mine.email in page.text, yours.email in page.html + page.text) == (True, False)
    page.press(new_password=PASSWORD)
    passwords = {row.id: row.password_hash for row in rows_of(app, Account)}
    assert (passwords[mine.account_id] is None, passwords[yours.account_id] is None) == (False, True)


def test_the_button_of_anothers_mail_ends_my_session_first(app: Flask, client: PageClient) -> None:
    mine, yours = arrived(app), moved(app, "bilal.aden@harbour.example")
    sign_in(client, mine)
    ask_for_code(PageClient(app), yours.email)
    page = client.get(button_for(app, yours.email)).press("yes")
    assert (page.step, page.signed_in, yours.email in page.text) == ("create-password", False, True)
    assert [row.account_id for row in rows_of(app, Session, revoked_at=None)] == [yours.account_id]
    assert not client.get("/account", follow=True).signed_in


def test_the_button_of_a_strangers_mail_ends_my_session_too(app: Flask, client: PageClient) -> None:
    mine = arrived(app)
    sign_in(client, mine)
    ask_for_code(PageClient(app), NOBODY)
    page = client.get(button_for(app, NOBODY)).press("yes")
    assert (page.step, page.signed_in) == ("no-account", False)
    assert [row.account_id for row in rows_of(app, Session, revoked_at=None)] == [None]
    assert not client.get("/account", follow=True).signed_in


def test_the_waiting_window_is_never_proven_by_a_press_elsewhere(app: Flask, client: PageClient) -> None:
    """Who asks for somebody else's mail gets nothing when its owner presses (fixation)."""
    person = moved(app)
    thief = PageClient(app, address="192.0.2.66")
    ask_for_code(thief, person.email)
    assert client.get(button_for(app, person.email)).press("yes").step == "create-password"
    for path in ("create-password", "check-details", "no-account"):
        assert thief.get(f"{HERE}/{path}").location == f"{HERE}/verify-email"
    assert thief.get(HERE, follow=True).step == "verify-email"
    assert len(rows_of(app, Session)) == 1


def test_a_cookie_planted_before_the_proof_is_worth_nothing_after_it(app: Flask, client: PageClient) -> None:
    """SEC-35, Keycloak CVE-2026-7507: a new token at every rise; what stood in the browser before has none."""
    person = moved(app)
    page = ask_for_code(client, person.email)
    planted = window_of(client)
    assert cookie_of(planted) == cookie_of(client)
    page.press(code=code_for(app, person.email))
    assert cookie_of(planted) != cookie_of(client)
    assert planted.get(f"{HERE}/create-password").location == f"{HERE}/verify-email"
    stolen = window_of(client)
    client.get(f"{HERE}/create-password").press(new_password=PASSWORD)
    app.extensions["perron"].clock.advance(minutes=1)
    assert stolen.get(HERE, follow=True).step == "verify-email"


def test_a_code_is_good_in_the_browser_that_asked_and_once(app: Flask, client: PageClient) -> None:
    person = moved(app)
    page = ask_for_code(client, person.email)
    code = code_for(app, person.email)
    thief = PageClient(app)
    assert ask_for_code(thief, person.email).press(code=code).refused == "wrong-code"
    assert page.press(code=code).step == "create-password"
    assert thief.post(f"{HERE}/verify-email", {"code": code}).status == 422
    assert len(rows_of(app, AuditEvent, kind="address-proven")) == 1


def test_a_code_of_forgotten_password_is_asked_for_a_name_and_not_for_an_address(
    app: Flask, client: PageClient
) -> None:
    """authentik CVE-2022-23555: a proof not bound to its flow. The button says where it leads."""
    person = completed(app)
    client.get("/forgotten-password", follow=True).press(username=person.username)
    code = code_for(app, person.email)
    thief = window_of(client)
    page = thief.get(HERE, follow=True)
    page = page.press(email=person.email)
    assert page.press(code=code).refused == "wrong-code"


@pytest.mark.parametrize("value", ["", " ", "\x00", "0", "null", "000000", "٠٠٠٠٠٠"])
def test_an_empty_or_invented_code_proves_nothing(app: Flask, client: PageClient, value: str) -> None:
    """authentik CVE-2026-49443: an empty post passed a stage."""
    ask_for_code(client, moved(app).email)
    before = tables(app, NOTES_OF_POSTS)
    client.post(f"{HERE}/verify-email", {"code": value})
    client.post(f"{HERE}/verify-email", {"code": [value, code_for(app, "amina.keita@harbour.example")]})
    client.post(f"{HERE}/verify-email", {})
    assert tables(app, NOTES_OF_POSTS) == before
    assert client.get(HERE, follow=True).step == "verify-email"


def test_guesses_at_a_strangers_code_are_counted_too(app: Flask, client: PageClient) -> None:
    """ZITADEL GHSA-7j7j-66cv-m239: guesses that lock-out did not count."""
    ask_for_code(client, NOBODY)
    right = code_for(app, NOBODY)
    wrong = "000000" if right != "000000" else "111111"
    refused = [client.post(f"{HERE}/verify-email", {"code": wrong}).refused for _ in range(6)]
    assert refused == ["wrong-code"] * 5 + ["paused"]
    assert client.post(f"{HERE}/verify-email", {"code": right}).refused == "paused"
    assert rows_of(app, Proof) == []
    assert PageClient(app).get(button_for(app, NOBODY)).press("yes").step == "no-account"


def test_an_import_that_changes_the_address_ends_what_the_old_one_proved(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = moved(app)
    place_at(client, "migrated-account", "create-password", person)
    waiting = PageClient(app)
    ask_for_code(waiting, person.email)
    old = code_for(app, person.email)
    beside(app, lambda: _change_address(person.account_id, "new@harbour.example"))
    assert client.post(f"{HERE}/create-password", {"new_password": PASSWORD}).status == 303
    assert waiting.post(f"{HERE}/verify-email", {"code": old}).status == 422
    assert row_of(app, Account).password_hash is None
    assert prove_address(PageClient(app), "new@harbour.example").step == "create-password"


def _change_address(account_id: str, email: str) -> None:
    with write() as session:
        account = session.get_one(Account, account_id)
        account.email = account.email_key = account.match_key = email
    db.session.remove()


def test_a_mail_names_only_this_installation(app: Flask, client: PageClient) -> None:
    """couch-auth GHSA-fqh6-6h6c-366m: links built from the Host header."""
    client.get(HERE, follow=True)
    client.post(f"{HERE}/enter-email", {"email": NOBODY}, follow=True, headers={"X-Forwarded-Host": "evil.example"})
    mail = Mailbox(app).newest("mailed_code", to=NOBODY)
    assert str(mail.button).startswith("http://localhost/i/")
    assert "evil" not in mail.plain + mail.html


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_sends_none_of_these_forms(app: Flask, client: PageClient, headers: dict[str, str]) -> None:
    page = prove_address(client, NOBODY)
    before = tables(app)
    for data in ({"organisation_kind": "company"}, {"choice": "other"}):
        assert client.post(page.path, data, headers=headers).status == 403
        assert client.post(page.path, data, csrf=False).status in {400, 403}
    assert tables(app) == before
