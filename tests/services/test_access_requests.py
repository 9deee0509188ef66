"""A message to the helpdesk, and who else hears of it."""

from __future__ import annotations

import pytest
from flask import Flask, g

from tests.support.clock import MovableClock
from tests.support.moved import HEADQUARTERS, add_moved
from tests.support.outbox import Mailbox
from tests.support.rows import row_of, rows_of
from wizard.domain.canonical_names import canonical_email
from wizard.models import Account, AuditEvent, DeskRequest, db, write
from wizard.services import access_requests
from wizard.services.visits import Visit

STRANGER = "nadia.sow@harbour.example"


def add_administrator(email: str = "amina@harbour.example", **facts: str) -> None:
    person = add_moved(email, role="administrator", **facts)
    with write():
        db.session.get_one(Account, person.account_id).password_hash = "a hash"
    db.session.remove()


def send(app: Flask, address: str = STRANGER, kind: str = "company") -> bool:
    with app.test_request_context():
        g.pop("visit", None)
        with write():
            return access_requests.send(Visit(), canonical_email(address), address, kind, "fr")


def told(app: Flask) -> list[str]:
    return sorted(mail.to for mail in Mailbox(app).all("access_wanted"))


def test_request_audit_event_and_mails_are_written_together(app_context: Flask) -> None:
    add_administrator()
    assert send(app_context)
    row = row_of(app_context, DeskRequest)
    assert (row.kind, row.address, row.language, row.told_administrators) == ("no-account", STRANGER, "fr", 1)
    assert row_of(app_context, AuditEvent, kind="access-requested").account_id is None
    assert told(app_context) == ["amina@harbour.example"]


def test_what_is_rolled_back_leaves_the_week_unused(app_context: Flask) -> None:
    class Away(Exception):
        pass

    def interrupted() -> None:
        with app_context.test_request_context(), write():
            access_requests.send(Visit(), STRANGER, STRANGER, "company", "en")
            raise Away

    with pytest.raises(Away):
        interrupted()
    assert rows_of(app_context, DeskRequest) == []
    assert send(app_context)


@pytest.mark.parametrize(("days", "again"), [(0.0, False), (6.99, False), (7.0, True)])
def test_once_a_week_an_address(app_context: Flask, clock: MovableClock, days: float, again: bool) -> None:
    assert send(app_context)
    clock.advance(days=days)
    assert send(app_context) is again
    assert (access_requests.sent(STRANGER) is not None) is True
    assert len(rows_of(app_context, DeskRequest)) == 1 + again


def test_a_message_of_last_week_is_not_shown_as_sent(app_context: Flask, clock: MovableClock) -> None:
    send(app_context)
    clock.advance(days=7)
    assert access_requests.sent(STRANGER) is None


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        ([], "no-account"),
        ([STRANGER, STRANGER], "several-accounts"),
        (["info@harbour.example"], "shared-mailbox"),
        (["noreply@harbour.example"], "placeholder"),
    ],
)
def test_only_somebody_who_is_in_no_account_is_told_of(app_context: Flask, stored: list[str], kind: str) -> None:
    add_administrator()
    for email in stored:
        add_moved(email)
    assert send(app_context, stored[0] if stored else STRANGER)
    assert row_of(app_context, DeskRequest).kind == kind
    assert told(app_context) == (["amina@harbour.example"] if kind == "no-account" else [])


def test_a_domain_is_one_whatever_its_form(app_context: Flask) -> None:
    add_administrator("amina@café-aide.example")
    send(app_context, "nadia@xn--caf-aide-d1a.example")
    send(app_context, "omar@CAFÉ-aide.example")
    assert told(app_context) == ["amina@xn--caf-aide-d1a.example"] * 2


def test_a_domain_of_the_same_key_is_not_the_same_domain(app_context: Flask) -> None:
    """Whoever registers xn--strae-oqa.example has no mailbox at strasse.example."""
    add_administrator("amina@strasse.example")
    send(app_context, "boss@straße.example")
    assert told(app_context) == []
    send(app_context, "nadia@strasse.example")
    assert told(app_context) == ["amina@strasse.example"]


def test_headquarters_go_first_and_one_without_password_is_nobody_yet(app_context: Flask) -> None:
    add_administrator()
    add_moved("head@harbour.example", office=HEADQUARTERS, role="administrator")
    send(app_context)
    assert told(app_context) == ["amina@harbour.example"]
    add_administrator("other@harbour.example", office=HEADQUARTERS)
    send(app_context, "omar@harbour.example")
    assert told(app_context) == ["amina@harbour.example", "other@harbour.example"]


@pytest.mark.parametrize("domain", ["gmx.net", "yahoo.fr", "gmail.com"])
def test_nobody_is_an_administrator_of_a_public_domain(app_context: Flask, domain: str) -> None:
    add_administrator(f"amina@{domain}")
    send(app_context, f"nadia@{domain}")
    assert told(app_context) == []


def test_a_session_without_a_proof_has_no_address(app_context: Flask) -> None:
    with app_context.test_request_context():
        assert access_requests.proven_address(Visit()) is None
