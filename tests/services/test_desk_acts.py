"""What stands behind the helpdesk's acts: words for everything, due work, and the notice to an address that is left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.support.accounts import add_account, finish_first_connection
from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from wizard.domain.desk_rights import ACTS, CHECKS, OTHER, REASONS, checks_for
from wizard.extensions import tools
from wizard.models import Account, DeskAct, db, write
from wizard.services import desk_act_endings, desk_act_undo, mails, people, resets
from wizard.services.desk_act_doing import WORKS
from wizard.services.desk_act_endings import ENDINGS
from wizard.services.desk_act_offers import ORDER
from wizard.services.desk_act_words import ACT_WORDS, CHECK_WORDS, NOTICES, REASON_WORDS, RESET_WORDS, act_words
from wizard.services.people import Change

pytestmark = pytest.mark.usefixtures("app_context")
OWN_MAIL = {"resend", "send-guide", "change-address", "reset-step"}
PASSWORD_STEPS = {"create-password", "change-password"}


def test_every_act_has_words_work_reasons_and_a_mail() -> None:
    assert set(ACTS) == set(ACT_WORDS) == set(WORKS) == set(REASONS) == set(ORDER)
    assert {act for act in ACTS if act not in OWN_MAIL} <= set(NOTICES)
    assert set(RESET_WORDS) == set(resets.RESETS)
    covered = {f"reset-step:{step}" for step in resets.RESETS if step not in PASSWORD_STEPS | {"enter-code"}}
    assert covered <= set(NOTICES)
    assert all(reasons[-1] == OTHER and set(reasons) <= set(REASON_WORDS) for reasons in REASONS.values())
    assert set(CHECKS) == set(CHECK_WORDS)
    assert str(act_words("reset-step", "verify-email")) == "Reset the mailed codes"


def test_only_an_act_that_needs_no_check_takes_none() -> None:
    for act in ACTS.values():
        assert ("none" in checks_for(act)) is not act.checks_caller


@pytest.mark.parametrize("key", NOTICES)
def test_each_mail_says_what_was_done_and_what_to_do_next(key: str, mailbox: Mailbox) -> None:
    account_id = add_account().id
    with write() as session:
        account = session.get_one(Account, account_id)
        mails.desk_act(account, NOTICES[key].what, NOTICES[key].todo, tools().clock.now())
    mail = mailbox.newest("desk_act")
    for words in (str(NOTICES[key].what), str(NOTICES[key].todo), "tell the helpdesk at once"):
        assert words in " ".join(mail.plain.split())
    assert mail.button is None


def test_what_is_found_is_what_has_words_and_sessions_never_come_back() -> None:
    account_id = add_account().id
    finish_first_connection(account_id, "Rabot et 3 copeaux")
    account = db.session.get_one(Account, account_id)
    found = desk_act_endings.found(account, tuple(ENDINGS))
    assert {"own-password", "authenticators", "open"} <= set(found)
    assert len(desk_act_endings.words(found)) == len(found)
    mailed = {"sessions", "issue", "mailed-codes", "address-proofs", "passes", "approvals", "phone-links", "pending"}
    assert not [kind for kind in mailed if desk_act_endings.can_be_revived(kind)]


def test_nothing_due_writes_nothing(app: Flask, clock: MovableClock) -> None:
    account = add_account()
    with write() as session:
        session.add(
            DeskAct(
                id="a" * 26, account_id=account.id, agent_id=account.id, act="disable", reason="left", checked_how="none",
                state="done", created_at=clock.now(), done_at=clock.now(), undo_until=clock.now() + timedelta(minutes=15),
            )
        )  # fmt: skip
    assert desk_act_undo.settle_due() == 0
    clock.advance(minutes=16)
    assert desk_act_undo.settle_due() == 1
    assert desk_act_undo.settle_due() == 0


@pytest.mark.parametrize("has_arrived", [True, False])
def test_an_import_that_changes_an_address_tells_the_old_one(mailbox: Mailbox, has_arrived: bool) -> None:
    account_id = add_account().id
    if has_arrived:
        finish_first_connection(account_id, "Rabot et 3 copeaux")
    values = {"username": "lea.morel", "email": "lea@new.example"}
    _key, person, problems = people.read_person(values, ("en",))
    assert person is not None, problems
    (kept,) = people.kept([("username", "lea.morel")])[("username", "lea.morel")]
    with write():
        people.apply_changes(kept, person, [Change("email", kept.email, person.email)], tools().clock.now())
    assert db.session.get_one(Account, account_id).email == "lea@new.example"
    assert len(mailbox.all("desk_address_changes", to="lea.morel@people.example")) == has_arrived
