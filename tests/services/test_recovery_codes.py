"""Recovery codes in the database: digests over account and code, good once kept, ended by a newer set, whatever key wrote them."""

from __future__ import annotations

import contextvars
import dataclasses

from flask import Flask, session

from tests.support.clock import MovableClock
from tests.support.databases import close
from tests.support.phones import Linked, linked
from tests.support.rows import beside, change, row_of, rows_of
from wizard import create_app
from wizard.models import Account, RecoveryCode, RecoveryCodeSet, Session, db, write
from wizard.services import recovery_code_sets, recovery_codes
from wizard.services.recovery_codes import RecoveryEvidence
from wizard.services.visits import TOKEN, Visit
from wizard.settings import Settings


def fits(app: Flask, someone: Linked, code: str) -> bool:
    return beside(app, lambda: recovery_codes.check(someone.person.account_id, code)) is not None


def accepted(app: Flask, someone: Linked, evidence: RecoveryEvidence) -> bool:
    """Use the code up, as the page for it does."""

    def run() -> bool:
        with app.test_request_context("/"), write():
            session[TOKEN] = "a token"
            visit = Visit()
            visit.account = db.session.get_one(Account, someone.person.account_id)
            visit.session = db.session.get_one(Session, rows_of(app, Session, account_id=visit.account.id)[0].id)
            return recovery_codes.accept(visit, evidence, "sign-in")

    return contextvars.Context().run(run)


def test_every_code_of_the_set_fits_its_own_account_only(app: Flask) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    assert all(fits(app, someone, code) for code in someone.codes)
    assert not any(fits(app, other, code) for code in someone.codes)
    assert not fits(app, someone, "aaaa-bbbb-cccc-dddd")
    assert not fits(app, someone, "")


def test_the_same_code_of_two_accounts_is_written_differently(app: Flask) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    hashes = [row.code_hash for row in rows_of(app, RecoveryCode)]
    assert len(set(hashes)) == 20

    def digests() -> set[str]:
        return {recovery_codes._digest(each.person.account_id, "aaaa-bbbb-cccc-dddd") for each in (someone, other)}

    assert len(beside(app, digests)) == 2


def test_evidence_of_one_account_is_worth_nothing_in_another(app: Flask) -> None:
    someone, other = linked(app), linked(app, "lea.morel")
    evidence = beside(app, lambda: recovery_codes.check(other.person.account_id, other.codes[0]))
    assert evidence is not None
    assert accepted(app, someone, evidence) is False
    assert {row.used_at for row in rows_of(app, RecoveryCode)} == {None}


def test_evidence_is_used_once(app: Flask) -> None:
    someone = linked(app)
    evidence = beside(app, lambda: recovery_codes.check(someone.person.account_id, someone.codes[0]))
    assert evidence is not None
    assert accepted(app, someone, evidence) is True
    assert accepted(app, someone, evidence) is False
    assert not fits(app, someone, someone.codes[0])
    assert beside(app, lambda: recovery_code_sets.left(someone.person.account_id)) == 9


def test_a_set_that_ends_between_the_look_and_the_use_opens_nothing(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    evidence = beside(app, lambda: recovery_codes.check(someone.person.account_id, someone.codes[0]))
    assert evidence is not None
    change(app, RecoveryCodeSet, row_of(app, RecoveryCodeSet).id, ended_at=clock.now())
    assert accepted(app, someone, evidence) is False
    assert not fits(app, someone, someone.codes[0])
    assert beside(app, lambda: recovery_code_sets.left(someone.person.account_id)) == 0


def test_a_set_that_was_not_kept_opens_nothing(app: Flask) -> None:
    someone = linked(app)
    change(app, RecoveryCodeSet, row_of(app, RecoveryCodeSet).id, kept_at=None)
    assert not fits(app, someone, someone.codes[0])
    assert beside(app, lambda: recovery_code_sets.left(someone.person.account_id)) == 0


def test_ending_sets_counts_the_kept_ones_and_leaves_the_named_one(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    kept = row_of(app, RecoveryCodeSet).id

    def end(besides: str | None) -> int:
        with write():
            account = db.session.get_one(Account, someone.person.account_id)
            return recovery_codes.end(account, "replaced", clock.now(), besides)

    assert beside(app, lambda: end(kept)) == 0
    assert row_of(app, RecoveryCodeSet).ended_at is None
    assert beside(app, lambda: end(None)) == 1
    assert row_of(app, RecoveryCodeSet).ended_reason == "replaced"
    assert beside(app, lambda: end(None)) == 0


def test_codes_written_under_an_older_master_secret_still_open(
    app: Flask, settings: Settings, clock: MovableClock
) -> None:
    someone = linked(app)
    rotated = create_app(
        dataclasses.replace(
            settings, secret_key="another-master-secret-for-tests-0123456789", secret_key_old=(settings.secret_key,)
        )
    )
    rotated.extensions["perron"].clock = clock
    try:
        assert fits(rotated, someone, someone.codes[0])
    finally:
        close(rotated)
