"""Encoded words (RFC 2047) in what somebody types: the mail library decodes them, line ends included, into headers of their own.

`=?utf-8?q?a=0d=0abcc=3a…?=` stands on one line and passes for the part of an address before the @.
"""

from __future__ import annotations

import zlib
from email import message_from_bytes
from email.policy import compat32
from pathlib import Path

import pytest
from flask import Flask

from tests.organisations.colleagues import administrator, invite
from tests.support.accounts import add_account
from tests.support.databases import close
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.rows import beside, rows_of
from tests.support.settings import make_settings
from wizard import create_app
from wizard.domain.canonical_names import NameRefused, canonical_email
from wizard.extensions import tools
from wizard.models import Account, OutboxMail
from wizard.services import imports, mail_message
from wizard.services.mail_message import HeaderRefused
from wizard.services.outbox import KEY

ADDRESSES = [
    "=?utf-8?q?a=0d=0abcc=3a=20v=40victim.example?=@evil.example",
    "=?utf-8?q?a=0d=0a=0d=0aPay=20here?=@evil.example",
    "=?us-ascii?b?YQ0KYmNjOiB2QHZpY3RpbS5leGFtcGxl?=@evil.example",
    "x=?utf-8?q?a=0d=0aX=3a=20v?=@evil.example",
]
NAMES = ["=?utf-8?q?x=0d=0aBcc=3a=20v=40victim.example?=", "Aid =?utf-8?b?DQpCY2M6IHZAdmljdGltLmV4YW1wbGU=?= and more"]
OWN = {
    "message-id",
    "date",
    "from",
    "to",
    "subject",
    "auto-submitted",
    "mime-version",
    "content-type",
    "content-language",
}


def headers(data: bytes) -> list[str]:
    """The names of the headers as a mail server reads them off the line."""
    return [name.lower() for name in message_from_bytes(data, policy=compat32).keys()]  # noqa: SIM118


@pytest.mark.parametrize("address", ADDRESSES)
def test_such_an_address_is_none(address: str) -> None:
    with pytest.raises(NameRefused):
        canonical_email(address)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_strangers_address_makes_no_header(app: Flask, client: PageClient, address: str) -> None:
    """Anybody can type one, and a relay that reads recipients off the headers would write to whomever it names (SEC-48)."""
    page = client.get("/migrated-account", follow=True).press(email=address)
    assert (page.status, page.step) == (422, "enter-email")
    assert rows_of(app, OutboxMail) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_is_imported_or_invited_with_one(app: Flask, tmp_path: Path, address: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"username,email\nanna,{address}\n", encoding="utf-8")
    summary = beside(app, lambda: imports.run(imports.Order(file, invite=True)))
    assert summary.counts["refused"] == 1
    page = invite(administrator(app), address)
    assert (page.status, "email" in page.errors) == (422, True)
    assert [row.recipient for row in rows_of(app, OutboxMail) if "evil" in str(row.recipient)] == []
    assert [row.email for row in rows_of(app, Account)] == ["amina.keita@harbour.example"]


@pytest.mark.parametrize("name", NAMES)
def test_an_organisations_name_makes_no_header(app: Flask, mailbox: Mailbox, name: str) -> None:
    """It stands in the subject of the mail to everybody who is invited, and comes out of a file."""
    assert invite(administrator(app, organisation=name)).status == 200
    mail = mailbox.newest("colleague_invitation")
    row = next(row for row in rows_of(app, OutboxMail) if row.kind == "colleague_invitation")
    found = headers(beside(app, lambda: sent(row)))
    assert set(found) == OWN
    assert len(found) == len(OWN)
    assert "Bcc: " not in mail.subject


def sent(row: OutboxMail) -> bytes:
    """The bytes that are handed over."""
    assert row.message is not None
    return zlib.decompress(tools().keyring.decrypt(KEY, row.message))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("setting", ["mail_sender_name", "brand_name"])
def test_the_installations_own_name_makes_no_header(tmp_path: Path, name: str, setting: str) -> None:
    app = create_app(make_settings(tmp_path, **{setting: name}))
    with app.app_context():
        made = mail_message.build(
            "desk_guide", mail_id="a" * 20, recipient="amina@people.example", language="en",
            context={"person": "", "username": "amina", "link": "http://localhost/"}, now=tools().clock.now(),
        )  # fmt: skip
        assert set(headers(made.data)) == OWN
    close(app)


@pytest.mark.parametrize("address", ADDRESSES[:3])
def test_an_address_that_was_stored_before_is_not_written_to(app_context: Flask, address: str) -> None:
    """Whatever this Python's mail library makes of it, which differs from version to version."""
    account = add_account("amina.keita")
    with pytest.raises(HeaderRefused):
        mail_message.build(
            "desk_guide", mail_id="a" * 20, recipient=address, language="en",
            context={"person": "", "username": account.username, "link": "http://localhost/"},
            now=app_context.extensions["perron"].clock.now(),
        )  # fmt: skip
