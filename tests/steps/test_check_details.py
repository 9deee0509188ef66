"""The details: shown and not asked again (S-32); a corrected name waits, office and role are not for this page (S-35)."""

from __future__ import annotations

import random

import pytest
from flask import Flask

from tests.support.moved import HEADQUARTERS, MovedPerson, arrived, moved
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, Completed, clock_of, place_at, reset, sign_in
from tests.support.rows import NOTES_OF_POSTS, row_of, rows_of, tables
from tests.support.windows import cookie_of
from wizard.adapters.keyring import Keyring
from wizard.models import Account, AuditEvent, Membership, NameCorrection
from wizard.services import kept_forms

HERE = "/migrated-account/check-details"
LONGEST_NAMES = dict.fromkeys(("display_name", "given_name", "family_name"), "\N{ADLAM SMALL LETTER ALIF}" * 100)


def checking(client: PageClient, person: MovedPerson) -> Page:
    return place_at(client, "migrated-account", "check-details", person)


def test_what_is_known_is_shown_and_one_press_is_enough(app: Flask, client: PageClient) -> None:
    page = checking(client, moved(app, office=HEADQUARTERS, role="administrator"))
    for said in ("Amina Keita", "amina.keita@harbour.example", "Harbour Aid", "Headquarters", "Administrator"):
        assert said in page.text
    assert "Office and role are changed by an administrator of your organisation." in page.text
    assert page.form_values() | {"csrf_token": ""} == {
        "csrf_token": "",
        "display_name": "Amina Keita",
        "given_name": "Amina",
        "family_name": "Keita",
        "language": "en",
    }
    assert page.press().step == "choose-authenticator"
    account = row_of(app, Account)
    assert account.details_confirmed_at is not None
    assert (account.display_name, account.given_name, account.language) == ("Amina Keita", "Amina", "en")
    assert rows_of(app, NameCorrection) == []
    assert row_of(app, AuditEvent, kind="details-confirmed").payload == {"corrected": False}


def test_the_shown_name_is_the_persons_own_to_choose(app: Flask, client: PageClient) -> None:
    checking(client, moved(app)).press(display_name="  A. Keïta ")
    account = row_of(app, Account)
    assert (account.display_name, account.given_name, account.family_name) == ("A. Keïta", "Amina", "Keita")


def test_the_language_is_that_of_the_later_mails(app: Flask, client: PageClient) -> None:
    checking(client, moved(app)).press(language="es")
    assert row_of(app, Account).language == "es"


@pytest.mark.parametrize("sent", ["xx", "", "EN", "../../etc"])
def test_an_unknown_language_changes_nothing(app: Flask, client: PageClient, sent: str) -> None:
    checking(client, moved(app, language="fr"))
    assert client.post(HERE, {"display_name": "Amina", "language": sent}).status == 303
    assert row_of(app, Account).language == "fr"


def test_a_corrected_name_waits_for_an_administrator(app: Flask, client: PageClient) -> None:
    person = moved(app)
    assert checking(client, person).press(family_name="Ke\u0301ita ").step == "choose-authenticator"
    account = row_of(app, Account)
    assert (account.given_name, account.family_name) == ("Amina", "Keita")
    waiting = row_of(app, NameCorrection)
    assert (waiting.account_id, waiting.given_name, waiting.family_name) == (person.account_id, "Amina", "Kéita")
    assert (waiting.settled_at, waiting.accepted) == (None, None)
    assert row_of(app, AuditEvent, kind="details-confirmed").payload == {"corrected": True}


@pytest.mark.parametrize(
    ("field", "typed", "reason", "said"),
    [
        ("given_name", "", "missing", "Enter your given names."),
        ("family_name", "  ", "missing", "Enter your family name."),
        ("display_name", "A" * 101, "not-a-name", "Use 100 characters or fewer."),
        ("display_name", "https://evil.example", "not-a-name", "This looks like a web address."),
        ("given_name", "www.evil.example", "not-a-name", "This looks like a web address."),
        ("family_name", "Keita\u202etxet", "not-a-name", "a character that cannot be seen"),
        ("family_name", "Keita\r\nBcc: x@evil.example", "not-a-name", "a character that cannot be seen"),
        ("display_name", "Amina\x00", "not-a-name", "a character that cannot be seen"),
    ],
)
def test_what_is_no_name_is_said_at_its_field(
    app: Flask, client: PageClient, field: str, typed: str, reason: str, said: str
) -> None:
    """SEC-46; GitLab 22076: names go into mails."""
    page = checking(client, moved(app))
    before = tables(app, NOTES_OF_POSTS)
    answer = client.post(HERE, page.form_values() | {field: typed})
    assert (answer.status, answer.refused, list(answer.errors)) == (422, reason, [field])
    assert said in answer.errors[field]
    assert tables(app, NOTES_OF_POSTS) == before
    assert answer.find("main details").has_attr("open") is (field != "display_name")


def test_a_name_that_the_records_lack_need_not_be_given(app: Flask, client: PageClient) -> None:
    page = checking(client, moved(app, given_name="", family_name=""))
    assert page.form_values()["display_name"] == ""
    assert page.press().step == "choose-authenticator"
    assert rows_of(app, NameCorrection) == []


def test_fields_that_were_not_sent_stay_as_they_are(app: Flask, client: PageClient) -> None:
    checking(client, moved(app, display_name="Ami"))
    assert client.post(HERE, {}).status == 303
    account = row_of(app, Account)
    assert (account.display_name, account.given_name, account.family_name) == ("Ami", "Amina", "Keita")
    assert rows_of(app, NameCorrection) == []


def test_office_role_and_address_are_not_taken_from_the_form(app: Flask, client: PageClient) -> None:
    """SEC-57: no mass assignment (ASVS 5.0 15.3.3)."""
    person = moved(app)
    page = checking(client, person)
    forged = {
        "role": "administrator",
        "office": "Headquarters",
        "email": "x@evil.example",
        "journey": "first-connection",
    }
    assert client.post(HERE, page.form_values() | forged).status == 303
    membership, account = row_of(app, Membership), row_of(app, Account)
    assert (membership.role, membership.office_id) == ("reader", person.office_id)
    assert (account.email, account.journey) == (person.email, "migrated-account")


def test_repeated_fields_are_no_form_of_ours(app: Flask, client: PageClient) -> None:
    checking(client, moved(app))
    assert client.post(HERE, {"display_name": ["A", "B"]}).status == 400
    assert row_of(app, Account).details_confirmed_at is None


def test_markup_in_a_moved_name_is_text(app: Flask, client: PageClient) -> None:
    page = checking(client, moved(app, given_name="<img src=x onerror=alert(1)>", family_name="'\"><script>"))
    assert not page.has("[onerror]")
    assert "<img src=x onerror=alert(1)> '\"><script>" in page.text


def test_checked_once_is_checked(app: Flask, client: PageClient) -> None:
    checking(client, moved(app)).press()
    answer = client.post(HERE, {"display_name": "Somebody Else"})
    assert answer.location == "/migrated-account/choose-authenticator"
    assert row_of(app, Account).display_name == "Amina Keita"


def test_after_an_agents_reset_they_are_asked_once_more_and_nothing_else(app: Flask, client: PageClient) -> None:
    person = arrived(app)
    sign_in(client, person)
    reset(app, person, "check-details")
    page = client.get("/account", follow=True)
    assert (page.journey, page.step) == ("migrated-account", "check-details")
    assert not page.signed_in
    page = page.press(display_name="Amina K.")
    assert client.get("/account").signed_in
    assert row_of(app, Account).display_name == "Amina K."


def test_signing_in_leads_to_them_while_they_are_owed(app: Flask, client: PageClient) -> None:
    person = arrived(app)
    reset(app, person, "check-details")
    page = place_at(client, "sign-in", "enter-code", person)
    assert page.step == "enter-code"
    page = place_at(PageClient(app), "migrated-account", "check-details", person)
    assert page.progress == "4/7"


CORRECTED = {"display_name": "Amina Kéïta", "given_name": "Amina Fatou", "family_name": "Kéita", "language": "fr"}
KEPT = "main [role=status]"


def too_late(client: PageClient, person: MovedPerson) -> Page:
    """The page that comes when the corrected details are sent 16 minutes after the password was proven."""
    page = checking(client, person)
    clock_of(client.app).advance(minutes=16)
    return page.press(**CORRECTED)


def test_what_was_typed_after_the_password_had_grown_old_is_not_lost(app: Flask, client: PageClient) -> None:
    page = too_late(client, moved(app))
    assert page.step == "enter-password"
    assert "what you have done up to here is kept" in page.text
    assert row_of(app, Account).details_confirmed_at is None
    page = page.press(password=PASSWORD)
    assert page.step == "check-details"
    assert "is still here" in page.said(KEPT)
    assert page.form_values() | {"csrf_token": ""} == CORRECTED | {"csrf_token": ""}
    assert page.find("main details").has_attr("open")
    assert page.press().step == "choose-authenticator"
    account, waiting = row_of(app, Account), row_of(app, NameCorrection)
    assert (account.display_name, account.language) == ("Amina Kéïta", "fr")
    assert (waiting.given_name, waiting.family_name) == ("Amina Fatou", "Kéita")


def test_nothing_of_it_is_shown_or_changed_before_the_password_is_proven_again(app: Flask, client: PageClient) -> None:
    page = too_late(client, moved(app))
    for text in (page.html, client.get(HERE, follow=True).html, repr(client.cookie())):
        assert "Fatou" not in text
    page = client.get(HERE, follow=True).press(password="Not the 1 password")
    assert (page.step, page.refused, "Fatou" in page.html) == ("enter-password", "wrong-password", False)
    account = row_of(app, Account)
    assert (account.display_name, account.details_confirmed_at, rows_of(app, NameCorrection)) == ("", None, [])


def test_it_ends_with_the_session(app: Flask, client: PageClient) -> None:
    person = moved(app)
    too_late(client, person)
    clock_of(app).advance(minutes=31)
    page = place_at(client, "migrated-account", "check-details", Completed(person, PASSWORD, None))
    assert (page.has(KEPT), page.form_values()["given_name"]) == (False, "Amina")


def test_somebody_else_in_the_same_browser_finds_nothing_of_it(app: Flask, client: PageClient) -> None:
    too_late(client, moved(app))
    other = moved(app, "lea.morel@harbour.example", given_name="Léa", family_name="Morel")
    client.get("/migrated-account/enter-password").press("other")
    page = checking(client, other)
    assert (page.has(KEPT), page.form_values()["family_name"]) == (False, "Morel")


def test_what_a_retired_master_secret_has_hidden_is_gone_and_harms_nobody(app: Flask, client: PageClient) -> None:
    page = too_late(client, moved(app))
    with client.raw.session_transaction() as cookie:
        assert kept_forms.KEPT in cookie
        retired = Keyring("another-master-secret-of-long-ago-0123456789")
        cookie[kept_forms.KEPT] = retired.encrypt(kept_forms.PURPOSE, b"[]").decode()
    page = page.press(password=PASSWORD)
    assert (page.step, page.has(KEPT), page.form_values()["family_name"]) == ("check-details", False, "Keita")


def test_once_saved_it_is_forgotten(app: Flask, client: PageClient) -> None:
    person = moved(app)
    too_late(client, person).press(password=PASSWORD).press()
    reset(app, person, "check-details")
    page = client.get("/migrated-account", follow=True)
    assert (page.step, page.has(KEPT), page.form_values()["family_name"]) == ("check-details", False, "Keita")


@pytest.mark.parametrize(
    "sent",
    [
        CORRECTED | {"csrf_token": "made-up"},
        CORRECTED | {"display_name": ["A", "B"]},
        CORRECTED | {"display_name": "\N{ETHIOPIC SYLLABLE HA}" * 1200},
    ],
    ids=["foreign", "repeated", "too long"],
)
def test_what_is_no_form_of_ours_is_not_kept(app: Flask, client: PageClient, sent: dict[str, object]) -> None:
    checking(client, moved(app))
    clock_of(app).advance(minutes=16)
    page = client.post(HERE, sent, follow=True)
    assert page.step == "enter-password"
    page = page.press(password=PASSWORD)
    assert (page.step, page.has(KEPT), page.form_values()["family_name"]) == ("check-details", False, "Keita")


def test_the_longest_names_of_any_script_find_room(app: Flask, client: PageClient) -> None:
    """A cookie that a browser would drop for its length is a warning of Werkzeug's, and so a failure here."""
    page = checking(client, moved(app))
    clock_of(app).advance(minutes=16)
    page = page.press(**LONGEST_NAMES).press(password=PASSWORD)
    assert LONGEST_NAMES.items() <= page.form_values().items()
    assert page.press().step == "choose-authenticator"


@pytest.mark.parametrize(
    ("first", "last", "is_kept"), [(0x4E00, 0x9FFF, True), (0x20000, 0x2A6DF, False)], ids=["usual", "rare"]
)
def test_beside_a_very_long_user_name_they_give_way_before_the_cookie_is_too_long(
    app: Flask, client: PageClient, first: int, last: int, is_kept: bool
) -> None:
    """320 Chinese letters, as somebody may have typed them in this browser before. A browser drops a cookie beyond 4096 bytes."""
    letters = random.Random(7)
    client.get("/sign-in", follow=True).press(username="".join(chr(letters.randint(first, last)) for _ in range(320)))
    page = checking(client, moved(app))
    clock_of(app).advance(minutes=16)
    page = page.press(**LONGEST_NAMES)
    assert (page.step, len(cookie_of(client)) < 4000) == ("enter-password", True)
    page = page.press(password=PASSWORD)
    assert (page.step, page.has(KEPT), len(cookie_of(client)) < 4000) == ("check-details", is_kept, True)
    assert page.form_values()["family_name"] == (LONGEST_NAMES["family_name"] if is_kept else "Keita")
    assert page.press().step == "choose-authenticator"


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_they_are_the_last_tread(app: Flask, client: PageClient) -> None:
    page = checking(client, moved(app))
    assert page.progress == "4/4"
    assert page.press().step == "finish"
