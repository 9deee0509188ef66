"""What a number, a recovery code and a pass open, and what they do not: a request names its purpose (SEC-19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wizard.domain.assurance import (
    AccountFacts,
    BoundAuthenticator,
    Facts,
    ProofFact,
    may_enrol,
    may_make_codes,
    may_set_password,
    signed_in,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
PHONE = BoundAuthenticator("phone", "phone", "other", LONG_AGO, LONG_AGO, "device")
COMPLETE = AccountFacts(
    id="a",
    journey="first-connection",
    email_key="amina@people.example",
    has_own_password=True,
    password_ended=False,
    password_set_at=None,
    password_session_id=None,
    ever_had_factor=True,
    authenticators=(PHONE,),
)
PHONE_LOST = replace(COMPLETE, authenticators=())


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def own(minutes: float = 0) -> ProofFact:
    return ProofFact("password", "own", minutes_ago(minutes))


def number(purpose: str, minutes: float = 0, of: str = "phone") -> ProofFact:
    return ProofFact("factor", "number", minutes_ago(minutes), authenticator_id=of, purpose=purpose)


def totp(minutes: float = 0) -> ProofFact:
    return ProofFact("factor", "totp", minutes_ago(minutes), authenticator_id="phone")


def once(method: str, minutes: float = 0) -> ProofFact:
    return ProofFact("factor", method, minutes_ago(minutes))


def facts(account: AccountFacts, *proofs: ProofFact) -> Facts:
    return Facts(account, proofs, (), "required", NOW, session_id="s")


@pytest.mark.parametrize(
    ("proofs", "enrols", "makes_codes", "sets_password"),
    [
        pytest.param([own(), number("sign-in")], False, False, True, id="a number matched for signing in"),
        pytest.param([own(), number("ways")], True, True, True, id="one matched for this very purpose"),
        pytest.param([own(), number("codes")], True, True, True, id="one matched for codes"),
        pytest.param([own(), number("first-connection")], True, True, True, id="the one that bound the phone"),
        pytest.param([own(), number("ways", 5)], True, True, True, id="one of five minutes"),
        pytest.param([own(), number("ways", 5.1)], False, False, True, id="one that is older"),
        pytest.param([own(), number("ways", 15.1)], False, False, False, id="one that is older than a quarter"),
        pytest.param([own(), number("ways", 0, "lost")], False, False, False, id="one of a phone that is not bound"),
        pytest.param([number("ways")], False, False, False, id="one without the password"),
        pytest.param([own(), number("sign-in"), number("codes")], True, True, True, id="one of each"),
        pytest.param([own(), number("sign-in"), totp()], True, True, True, id="a code of the app has no purpose"),
        pytest.param([own(), once("recovery-code", 200)], True, False, True, id="a recovery code makes no codes"),
        pytest.param([own(), once("temporary-pass", 200)], True, False, True, id="nor does a temporary pass"),
        pytest.param([own(), once("recovery-code"), number("sign-in")], True, False, True, id="a code, then a sign-in"),
        pytest.param([own(), once("recovery-code"), number("codes")], True, True, True, id="a code, then the phone"),
        pytest.param([own(16), number("codes")], False, False, False, id="the password has grown old"),
    ],
)
def test_what_a_second_step_opens(
    proofs: list[ProofFact], enrols: bool, makes_codes: bool, sets_password: bool
) -> None:
    found = facts(COMPLETE, *proofs)
    assert (may_enrol(found), may_make_codes(found), may_set_password(found)) == (enrols, makes_codes, sets_password)


def test_a_disabled_account_makes_no_codes() -> None:
    assert not may_make_codes(facts(replace(COMPLETE, disabled=True), own(), number("codes")))


def test_who_has_lost_the_phone_makes_no_codes() -> None:
    assert not may_make_codes(facts(PHONE_LOST, own(), number("codes"), once("recovery-code")))


def test_nobody_makes_codes_for_nobody() -> None:
    assert not may_make_codes(Facts(None, (own(), number("codes")), (), "required", NOW, session_id="s"))


@pytest.mark.parametrize("method", ["recovery-code", "temporary-pass"])
def test_something_that_works_once_signs_in_and_has_no_age(method: str) -> None:
    assert signed_in(facts(COMPLETE, own(600), once(method, 600)))


def test_a_number_signs_in_as_long_as_its_phone_is_linked() -> None:
    assert signed_in(facts(COMPLETE, own(), number("sign-in", 600)))
    assert not signed_in(facts(COMPLETE, own(), number("sign-in", 0, "lost")))
    assert not signed_in(facts(PHONE_LOST, own(), number("sign-in")))


def test_numbers_of_other_purposes_are_left_when_those_for_signing_in_are_taken_out() -> None:
    found = facts(COMPLETE, own(), number("sign-in"), number("ways", 1)).without_sign_in_numbers()
    assert found.proven("factor") == number("ways", 1)
    assert found.proven("password") == own()
