"""A mail is read from the outbox as its recipient would read it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from flask import Flask

from tests.support.accounts import add_account
from tests.support.mails import Mail
from tests.support.outbox import Mailbox
from wizard.models import write
from wizard.services import issues, mails


def test_the_facts_of_an_invitation_are_read(app_context: Flask, mailbox: Mailbox) -> None:
    account = add_account("amina.diallo")
    with write():
        secrets = issues.issue(account)
        mails.invitation(account, secrets)
    mail = mailbox.newest(kind="invitation", to=account.email)
    assert (mail.username, mail.temporary_password) == ("amina.diallo", secrets.temporary_password)
    assert mail.button == f"http://localhost/i/{secrets.button_token}"
    assert mail.button_path == f"/i/{secrets.button_token}"
    assert mailbox.count() == 1


def test_without_a_mail_the_failure_says_what_there_is(app: Flask) -> None:
    with pytest.raises(AssertionError, match="No mail of kind 'invitation'"):
        Mailbox(app).newest(kind="invitation")


def mail_of(plain: str, html: str) -> Mail:
    message = EmailMessage()
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    return Mail(message)


def test_a_plain_part_that_lacks_a_fact_is_a_fault() -> None:
    html = '<p><span data-code>482913</span> <a data-button href="http://localhost/i/t0ken">Start</a></p>'
    whole = mail_of("Your code is 482913.\n\nhttp://localhost/i/t0ken\n", html)
    assert (whole.code, whole.button_path, whole.username) == ("482913", "/i/t0ken", None)
    with pytest.raises(AssertionError, match="lacks what the HTML part says in data-code"):
        _ = mail_of("Open http://localhost/i/t0ken\n", html).code
    with pytest.raises(AssertionError, match="alone"):
        _ = mail_of("482913 Open http://localhost/i/t0ken now\n", html).button
