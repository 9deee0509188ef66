"""The two mails to people whose account was moved: the announcement, and the invitation that it announces (S-02, S-22, S-25)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.accounts import add_account
from tests.support.mails import Mail
from wizard.models import Account, OutboxMail, db, write
from wizard.services import issues, mails, outbox

pytestmark = [
    pytest.mark.usefixtures("app_context"),
    pytest.mark.settings(migrated_from="the Old Portal", mail_on_behalf_of="Osier Agency"),
]


def announcement(account: Account) -> OutboxMail:
    return mails.announcement(account)


def invitation(account: Account) -> OutboxMail:
    return mails.migrated_invitation(account, issues.issue(account, with_password=False))


def written(make: Callable[[Account], OutboxMail], **facts: Any) -> Mail:
    """The mail that `make` writes for somebody without a user name."""
    nameless = {"journey": "migrated-account", "email": "lea@people.example"} | facts
    account = add_account(**nameless)
    with write() as session:
        found = session.get_one(Account, account.id)
        found.username = found.username_key = None
        row = make(found)
        return Mail(outbox.read_message(row), kind=row.kind, state=row.state)


def shown(mail: Mail) -> str:
    return " ".join(mail.soup.get_text(" ").split())


def parts(mail: Mail) -> tuple[str, str]:
    return " ".join(mail.plain.split()), shown(mail)


@pytest.mark.parametrize("make", [announcement, invitation])
def test_both_say_what_was_moved_and_in_whose_name(make: Callable[[Account], OutboxMail]) -> None:
    mail = written(make)
    for part in parts(mail):
        assert "Your account at the Old Portal was moved to Tamaris Relief." in part
        assert "Nothing was lost" in part
        assert "You do this once" in part
        assert "The password of the old portal no longer works." in part
        assert "Osier Agency" in part
        assert "+41 22 555 01 23" in part
    assert (mail.username, mail.temporary_password) == (None, None)
    assert mail.to == "lea@people.example"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_announced_mail_comes_as_announced(language: str) -> None:
    announced = written(announcement, language=language)
    invited = written(invitation, username="other", email="other@people.example", language=language)
    for part in parts(announced):
        assert invited.subject in part
        assert invited.sender == "Tamaris Relief <access@tamaris.example>"
        assert invited.sender in part
        assert "localhost" in part, "Where the button leads."
    assert str(invited.button).startswith("http://localhost/i/")
    assert announced.subject != invited.subject


def test_an_announcement_has_nothing_to_press_and_no_secret() -> None:
    mail = written(announcement)
    assert mail.button is None
    assert mail.code is None
    leads = [str(link["href"]).partition(":")[0] for link in mail.soup.select("a[href]")]
    assert set(leads) <= {"tel", "mailto"}
    assert "/i/" not in mail.plain + mail.html
    assert not re.search(r"https?://", mail.plain)
    assert db.session.query(issues.Issue).count() == 0


def test_the_invitation_carries_the_button_and_names_the_address_to_type() -> None:
    mail = written(invitation)
    assert mail.subject == "Your account has moved to Tamaris Relief"
    assert mail.button_path is not None
    for part in parts(mail):
        assert "Friday 27 November, 9:00" in part
        assert "lea@people.example" in part
        assert "First time here" in part
        assert "Nobody will ask you for your new password" in part


@pytest.mark.settings(migrated_from="", mail_on_behalf_of="", support_phone="")
@pytest.mark.parametrize("make", [announcement, invitation])
def test_what_the_installation_does_not_say_is_left_out_whole(make: Callable[[Account], OutboxMail]) -> None:
    mail = written(make, given_name="", family_name="")
    for part in parts(mail):
        assert "Your account at the old portal was moved to Tamaris Relief." in part
        assert "on behalf of" not in part
        assert "Call us" not in part
        assert "Hello" not in part


@pytest.mark.settings(migrated_from="<b>Old</b> & Co", mail_on_behalf_of="Osier <i>&</i> Sons")
@pytest.mark.parametrize("make", [announcement, invitation])
def test_names_are_shown_as_they_are(make: Callable[[Account], OutboxMail]) -> None:
    mail = written(make, given_name="Léa www.evil.com\r\nBcc: x@y.example")
    assert mail.message["Bcc"] is None
    assert mail.soup.find("b") is mail.soup.find("i") is None
    assert "<b>Old</b> & Co" in mail.plain
    assert "www.evil" not in mail.plain


@pytest.mark.parametrize("make", [announcement, invitation])
def test_each_is_whole(make: Callable[[Account], OutboxMail]) -> None:
    mail = written(make)
    soup = mail.soup
    assert len(soup.find_all("h1")) == 1
    assert soup.title is not None
    assert soup.title.get_text(strip=True) == " ".join(soup.h1.get_text().split())  # type: ignore[union-attr]
    assert not soup.find_all(["img", "script", "link", "form", "iframe"])
    assert not re.search(r"%\(|\{\{|\{%|None|Undefined", mail.plain + shown(mail) + mail.subject)
    assert "&" not in mail.plain
    assert max(map(len, mail.plain.splitlines())) < 300
