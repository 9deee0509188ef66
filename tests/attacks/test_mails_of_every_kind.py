"""Every mail about somebody whose names came past every form: no tag, link, header or second line is made of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from tests.support.accounts import add_account
from wizard.extensions import tools
from wizard.models import Account, OutboxMail, db, write
from wizard.services import issues, mails, outbox
from wizard.services.mails import ColleagueFacts

pytestmark = pytest.mark.usefixtures("app_context")
NAMES = (
    "<img src=x onerror=alert(1)>",
    "</p><a href='https://evil.example/'>Continue</a>",
    "https://evil.example/login www.evil.com evil.com/x",
    "x\r\nBcc: all@evil.example\r\n\r\nhello",
    "\u202eelpmaxe.live\u2066",
    "{{ settings.secret_key }} {% raw %} %(code)s %s",
    "=?utf-8?B?QmNjOiBhbGxAZXZpbC5leGFtcGxl?=",
    "javascript:alert(1) mailto:a@evil.com tel:+41225550000",
)


def facts(name: str) -> ColleagueFacts:
    return ColleagueFacts(name, name, "reader", name)


def kinds(name: str) -> dict[str, Callable[[Account], OutboxMail]]:
    """Every mail that says something which somebody has typed, made with `name` in each of those places."""
    now = tools().clock.now()
    ends = now + timedelta(minutes=10)
    return {
        "invitation": lambda account: mails.invitation(account, issues.issue(account)),
        "moved": lambda account: mails.migrated_invitation(account, issues.issue(account, with_password=False)),
        "announcement": mails.announcement,
        "colleague": lambda account: mails.colleague_invitation(
            account, issues.issue(account, with_password=False), facts(name)
        ),
        "offered": lambda account: mails.membership_offered(account, facts(name)),
        "corrected": lambda account: mails.name_corrected(account, now),
        "code": lambda account: mails.mailed_code(
            account, None, language="en", code="482913", button_token="t" * 43, ends=ends, journey="forgotten-password"
        ),
        "code app": lambda account: mails.code_app_bound(account, now, name),
        "code app removed": lambda account: mails.code_app_removed(account, now, name),
        "linked": lambda account: mails.phone_linked(account, now, name),
        "opened again": lambda account: mails.link_opened_again(account, now, name),
        "removed": lambda account: mails.phone_removed(account, now, name),
        "not me": lambda account: mails.said_not_me(account, now, name),
        "recovery code": lambda account: mails.recovery_code_used(account, now, name, 9),
        "pass": lambda account: mails.temporary_pass_used(account, now, name),
        "password": lambda account: mails.password_changed(account, now, name),
        "ended": lambda account: mails.password_ended(account, "agent"),
        "paused": lambda account: mails.sign_in_paused(account, ends),
        "taken over": lambda account: mails.issue_taken_over(account, now, name),
        "address changes": lambda account: mails.desk_address_changes(account, now, ends),
        "flagged": lambda account: mails.desk_caller_flagged(account, now),
    }


Shape = tuple[list[str], list[str], list[str]]


def shape(message: EmailMessage) -> Shape:
    """What must not depend on a name: the headers there are, the tags of the HTML part, and where its links lead."""
    part = message.get_body(("html",))
    assert part is not None
    soup = BeautifulSoup(part.get_content(), "html.parser")
    links = [str(link["href"]).split("/i/")[0] for link in soup.find_all(href=True)]
    return [name.lower() for name in message.keys()], [tag.name for tag in soup.find_all(True)], links  # noqa: SIM118


def written(kind: str, name: str, username: str) -> tuple[Shape, str]:
    names = {"given_name": name, "family_name": name, "display_name": name}
    account = add_account(username, **names)
    with write() as session:
        row = kinds(name)[kind](session.get_one(Account, account.id))
        row_id = row.id
    db.session.rollback()
    message = outbox.read_message(db.session.get_one(OutboxMail, row_id))
    bodies = [part.get_content() for part in (message.get_body(("plain",)), message.get_body(("html",))) if part]
    return shape(message), "\n".join([str(message["Subject"]), *bodies])


@pytest.mark.parametrize("kind", list(dict.fromkeys([
    "invitation", "moved", "announcement", "colleague", "offered", "corrected", "code", "code app", "linked", "opened again",
    "removed", "not me", "recovery code", "pass", "password", "ended", "paused", "taken over", "address changes", "flagged",
])))  # fmt: skip
def test_a_name_changes_nothing_but_its_own_words(app: Flask, kind: str) -> None:
    plain, _said = written(kind, "Amina", "amina.keita")
    assert kind in kinds("x")
    for number, name in enumerate(NAMES):
        found, said = written(kind, name, f"somebody{number}")
        assert found == plain, name
        for told in ("evil.example", "evil.com", "://evil", "\u202e", "\u2066", tools().settings.secret_key):
            assert told not in said, (name, told)


def test_every_mail_is_among_these(app: Flask) -> None:
    """A new mail is written here too, unless nothing in it was typed by anybody but agents and the operator."""
    says_nothing_typed = {"access_wanted", "desk_act", "desk_undone", "desk_address_changed", "desk_guide"}
    account_id = add_account("amina.keita").id
    with write() as session:
        account = session.get_one(Account, account_id)
        used = {make(account).kind for make in kinds("x").values()}
    folders = {path.parent.name for path in (Path(app.root_path) / "templates" / "emails").glob("*/body.html")}
    assert folders - says_nothing_typed == used
