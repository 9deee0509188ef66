"""The mails to colleagues: the same facts in both parts, nothing that a name could smuggle in, no secret in an offer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.support.accounts import add_account
from tests.support.mails import Mail
from tests.support.outbox import Mailbox
from wizard.extensions import tools
from wizard.models import Account, OutboxMail, db, write
from wizard.services import issues, mails
from wizard.services.mails import ColleagueFacts

FACTS = ColleagueFacts("Harbour Aid", "Niger", "editor", "Amina Keita")
pytestmark = pytest.mark.usefixtures("app_context")


def sent(app: Flask, write_mail: Callable[[Account], OutboxMail], **facts: object) -> Mail:
    account = add_account("lea", **facts)
    with write() as session:
        write_mail(session.get_one(Account, account.id))
    db.session.remove()
    return Mailbox(app).newest()


def invitation(facts: ColleagueFacts) -> Callable[[Account], OutboxMail]:
    return lambda account: mails.colleague_invitation(account, issues.issue(account, with_password=False), facts)


def test_an_invitation_says_who_invites_where_and_as_what(app: Flask) -> None:
    mail = sent(app, invitation(FACTS))
    assert mail.subject == "Harbour Aid invites you to Tamaris Relief"
    for part in (mail.plain, mail.html):
        for fact in ("Amina Keita", "Harbour Aid", "Niger", "Editor", "Hello Léa"):
            assert fact in part
    assert mail.button is not None
    assert mail.temporary_password is None


def test_an_inviter_without_a_name_is_an_administrator(app: Flask) -> None:
    mail = sent(app, invitation(ColleagueFacts("Harbour Aid", "Niger", "editor", "")), given_name="", family_name="")
    assert "An administrator invites you" in mail.plain
    assert "An administrator invites you" in mail.html
    assert "You are invited" in mail.plain


@pytest.mark.settings(second_factor="off")
def test_nobody_is_told_to_have_a_phone_where_none_is_needed(app: Flask) -> None:
    assert "phone or a tablet" not in sent(app, invitation(FACTS)).plain


def test_an_offer_holds_no_secret_and_says_where_to_answer(app: Flask) -> None:
    mail = sent(app, lambda account: mails.membership_offered(account, FACTS))
    assert (mail.button, mail.temporary_password, mail.code) == (None, None, None)
    assert "/i/" not in mail.html + mail.plain
    for part in (mail.plain, mail.html):
        assert "“Your organisation”" in part
        assert tools().settings.host in part


def test_an_accepted_name_is_told(app: Flask) -> None:
    mail = sent(app, lambda account: mails.name_corrected(account, tools().clock.now()))
    assert "Léa Morel" in mail.plain
    assert "Léa Morel" in mail.html


@pytest.mark.parametrize("kind", [mails.colleague_invitation, mails.membership_offered])
def test_hostile_names_are_defused(app: Flask, kind: Callable[..., OutboxMail]) -> None:
    hostile = ColleagueFacts("Aid\r\nBcc: all@x.example", "<b>evil.example</b>", "reader", "https://evil.example/")

    def write_mail(account: Account) -> OutboxMail:
        if kind is mails.membership_offered:
            return mails.membership_offered(account, hostile)
        return mails.colleague_invitation(account, issues.issue(account, with_password=False), hostile)

    mail = sent(app, write_mail, given_name="<i>Léa</i>")
    assert mail.message["Bcc"] is None
    assert "evil.example" not in mail.plain + mail.html
    assert mail.soup.find(["b", "i"]) is None


def test_an_invitation_is_given_up_with_its_issue(app: Flask) -> None:
    account = add_account("lea")
    with write() as session:
        found = session.get_one(Account, account.id)
        secrets = issues.issue(found, with_password=False)
        row = mails.colleague_invitation(found, secrets, FACTS)
        assert row.useful_until - row.created_at == timedelta(hours=72)
