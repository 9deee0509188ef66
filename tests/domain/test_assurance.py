"""The four functions that hold the safety, and signed-in and next-place on them: one row for each rule that they state.

Each row is chosen so that its answer changes when its rule is taken out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wizard.domain.assurance import (
    AccountFacts,
    BoundAuthenticator,
    Facts,
    Policy,
    ProofFact,
    may_enrol,
    may_set_password,
    next_place,
    owed,
    required,
    signed_in,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
APP = BoundAuthenticator("app", "code-app", "other", LONG_AGO, LONG_AGO)

NEW = AccountFacts(
    id="a",
    journey="first-connection",
    email_key="amina@people.example",
    has_own_password=False,
    password_ended=False,
    password_set_at=None,
    password_session_id=None,
    ever_had_factor=False,
    authenticators=(),
)
PASSWORD_ONLY = replace(NEW, has_own_password=True)
COMPLETE = replace(PASSWORD_ONLY, ever_had_factor=True, authenticators=(APP,))
APP_LOST = replace(COMPLETE, authenticators=())
PASSWORD_ENDED = replace(COMPLETE, has_own_password=False, password_ended=True)
APP_FIRST = replace(COMPLETE, has_own_password=False)


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def own(minutes: float = 0) -> ProofFact:
    return ProofFact("password", "own", minutes_ago(minutes))


def temporary(minutes: float = 0) -> ProofFact:
    return ProofFact("password", "temporary", minutes_ago(minutes))


def button(minutes: float = 0) -> ProofFact:
    return ProofFact("password", "button", minutes_ago(minutes))


def code(minutes: float = 0, of: str = "app") -> ProofFact:
    return ProofFact("factor", "totp", minutes_ago(minutes), authenticator_id=of)


def once(method: str, minutes: float = 0) -> ProofFact:
    return ProofFact("factor", method, minutes_ago(minutes))


def address(minutes: float = 0, target: str = "amina@people.example") -> ProofFact:
    return ProofFact("address", "mailed-code", minutes_ago(minutes), target=target)


def facts(account: AccountFacts | None, *proofs: ProofFact, policy: Policy = "required") -> Facts:
    return Facts(account, proofs, (), policy, NOW, session_id="s")


@pytest.mark.parametrize(
    ("account", "policy", "kinds"),
    [
        pytest.param(NEW, "required", {"password", "factor"}, id="required asks everybody for a factor"),
        pytest.param(NEW, "offered", {"password"}, id="offered leaves the choice"),
        pytest.param(NEW, "off", {"password"}, id="off asks nobody"),
        pytest.param(COMPLETE, "offered", {"password", "factor"}, id="who has one is asked under offered"),
        pytest.param(APP_LOST, "off", {"password", "factor"}, id="losing it never lowers what is required"),
    ],
)
def test_what_signing_in_takes(account: AccountFacts, policy: Policy, kinds: set[str]) -> None:
    assert required(account, policy) == kinds


@pytest.mark.parametrize(
    ("account", "policy", "journey"),
    [
        pytest.param(COMPLETE, "required", None, id="nothing is owed by who is complete"),
        pytest.param(PASSWORD_ENDED, "required", "forgotten-password", id="an ended password"),
        pytest.param(
            replace(PASSWORD_ENDED, authenticators=()),
            "required",
            "forgotten-password",
            id="the password comes before the lost app",
        ),
        pytest.param(replace(COMPLETE, password_ended=True), "required", None, id="a newer password settles it"),
        pytest.param(APP_LOST, "required", "replace-phone", id="a lost app"),
        pytest.param(APP_LOST, "off", "replace-phone", id="a lost app under a policy that asks for none"),
        pytest.param(
            replace(APP_LOST, has_own_password=False), "required", "replace-phone", id="a lost app before the password"
        ),
        pytest.param(NEW, "required", "first-connection", id="never had a password"),
        pytest.param(NEW, "off", "first-connection", id="never had a password, no second step"),
        pytest.param(APP_FIRST, "required", "first-connection", id="an app and no password yet"),
        pytest.param(PASSWORD_ONLY, "required", "first-connection", id="lacks the factor that is required"),
        pytest.param(PASSWORD_ONLY, "offered", None, id="lacks a factor that is offered only"),
        pytest.param(replace(COMPLETE, owes_details=True), "required", "first-connection", id="details to confirm"),
        pytest.param(replace(NEW, journey="other"), "required", "other", id="its own journey, whichever that is"),
    ],
)
def test_what_an_account_owes(account: AccountFacts, policy: Policy, journey: str | None) -> None:
    assert owed(account, policy) == journey


@pytest.mark.parametrize(
    ("found", "may"),
    [
        pytest.param(facts(None, address()), False, id="nobody's account"),
        pytest.param(facts(NEW), False, id="nothing proven"),
        pytest.param(facts(NEW, temporary()), True, id="by the temporary password"),
        pytest.param(facts(NEW, temporary(60 * 24)), True, id="the issue's proof has no age"),
        pytest.param(facts(NEW, button(60 * 24)), True, id="nor has its button's"),
        pytest.param(facts(NEW, own(15)), True, id="an own password of 15 minutes"),
        pytest.param(facts(NEW, own(15.1)), False, id="an own password that is older"),
        pytest.param(facts(NEW, address(600)), True, id="by the address"),
        pytest.param(facts(NEW, address(0, "old@people.example")), False, id="by an address that was the account's"),
        pytest.param(facts(NEW, code()), False, id="a factor alone is no password"),
        pytest.param(facts(COMPLETE, own()), False, id="who ever had a factor proves it besides"),
        pytest.param(facts(COMPLETE, address()), False, id="the mailbox alone is not enough"),
        pytest.param(facts(COMPLETE, address(), code(15)), True, id="a code of 15 minutes"),
        pytest.param(facts(COMPLETE, address(), code(15.1)), False, id="a code that is older"),
        pytest.param(facts(COMPLETE, address(), code(0, "lost")), False, id="a code of an app that is not bound"),
        pytest.param(facts(APP_LOST, address(), once("recovery-code")), True, id="a recovery code"),
        pytest.param(facts(APP_LOST, address(), once("temporary-pass")), True, id="a temporary pass"),
        pytest.param(facts(APP_LOST, own(), address()), False, id="password and mailbox, but never the factor"),
        pytest.param(facts(COMPLETE, own(), code(), policy="off"), True, id="the policy does not matter"),
        pytest.param(facts(COMPLETE, address(), policy="off"), False, id="not even when it is off"),
        pytest.param(facts(replace(NEW, disabled=True), temporary()), False, id="a disabled account"),
    ],
)
def test_who_may_set_the_password(found: Facts, may: bool) -> None:
    assert may_set_password(found) is may


@pytest.mark.parametrize(
    ("found", "may"),
    [
        pytest.param(facts(None, own()), False, id="nobody's account"),
        pytest.param(facts(NEW), False, id="nothing proven"),
        pytest.param(facts(NEW, temporary(60 * 24)), True, id="the issue's proof has no age"),
        pytest.param(facts(NEW, button(60 * 24)), True, id="nor has its button's"),
        pytest.param(facts(PASSWORD_ONLY, own(15)), True, id="an own password of 15 minutes"),
        pytest.param(facts(PASSWORD_ONLY, own(15.1)), False, id="an own password that is older"),
        pytest.param(facts(PASSWORD_ONLY, address()), False, id="an address never stands for the password"),
        pytest.param(facts(COMPLETE, own()), False, id="a factor beside one: not without proving it"),
        pytest.param(facts(COMPLETE, own(), code(5)), True, id="a code of 5 minutes"),
        pytest.param(facts(COMPLETE, own(), code(5.1)), False, id="a code that is older"),
        pytest.param(facts(COMPLETE, own(), code(0, "lost")), False, id="a code of an app that is not bound"),
        pytest.param(facts(COMPLETE, code()), False, id="a code without the password"),
        pytest.param(facts(COMPLETE, own(), address()), False, id="the mailbox does not stand for a bound app"),
        pytest.param(facts(APP_LOST, own()), False, id="the password alone when the app is lost"),
        pytest.param(facts(APP_LOST, own(), address()), True, id="password and address when none is left"),
        pytest.param(facts(APP_LOST, own(16), address()), False, id="an old password and the address"),
        pytest.param(
            facts(replace(APP_LOST, has_own_password=False), temporary(), address()),
            False,
            id="the address beside an issue is one mailbox twice",
        ),
        pytest.param(
            facts(APP_LOST, own(), address(0, "old@people.example")), False, id="an address that was the account's"
        ),
        pytest.param(facts(APP_LOST, own(), once("recovery-code")), True, id="a recovery code"),
        pytest.param(facts(APP_LOST, own(), once("temporary-pass")), True, id="a temporary pass"),
        pytest.param(facts(COMPLETE, own(), policy="off"), False, id="the policy does not matter"),
        pytest.param(facts(replace(NEW, disabled=True), temporary()), False, id="a disabled account"),
    ],
)
def test_who_may_bind_an_authenticator(found: Facts, may: bool) -> None:
    assert may_enrol(found) is may


@pytest.mark.parametrize(
    ("found", "is_in"),
    [
        pytest.param(facts(None, address()), False, id="nobody's account"),
        pytest.param(facts(COMPLETE, own(), code()), True, id="password and code"),
        pytest.param(facts(COMPLETE, own(600), code(600)), True, id="however old: the session's end is another matter"),
        pytest.param(facts(COMPLETE, own()), False, id="the password alone"),
        pytest.param(facts(COMPLETE, code()), False, id="the code alone"),
        pytest.param(facts(COMPLETE, own(), code(0, "lost")), False, id="a code of an app that is not bound"),
        pytest.param(facts(COMPLETE, address(), code()), False, id="an address is no password"),
        pytest.param(facts(COMPLETE, temporary(), code()), False, id="nor is an issue once an own one exists"),
        pytest.param(facts(COMPLETE, own(), policy="off"), False, id="off does not end a factor that exists"),
        pytest.param(facts(PASSWORD_ONLY, own(), policy="offered"), True, id="offered and none set up"),
        pytest.param(facts(PASSWORD_ONLY, own(), policy="off"), True, id="off and none set up"),
        pytest.param(facts(PASSWORD_ONLY, own()), False, id="something is owed: the factor"),
        pytest.param(facts(NEW, temporary(), policy="off"), False, id="something is owed: the password"),
        pytest.param(
            facts(replace(COMPLETE, owes_details=True), own(), code()), False, id="something is owed: the details"
        ),
        pytest.param(facts(replace(COMPLETE, disabled=True), own(), code()), False, id="a disabled account"),
    ],
)
def test_who_is_signed_in(found: Facts, is_in: bool) -> None:
    assert signed_in(found) is is_in


IN = facts(COMPLETE, own(), code())


@pytest.mark.parametrize(
    ("found", "asked", "back", "portal", "place"),
    [
        pytest.param(facts(None), "/sign-in/x", "/b", "https://p", "/sign-in/x", id="the journey asked for first"),
        pytest.param(IN, "/forgotten-password/x", "/b", "https://p", "/forgotten-password/x", id="also when signed in"),
        pytest.param(facts(APP_LOST, own()), None, "/b", "https://p", "/replace-phone", id="then what is owed"),
        pytest.param(IN, None, "/b", "https://p", "/b", id="then the place asked for before"),
        pytest.param(IN, None, None, "https://p", "https://p", id="then the portal"),
        pytest.param(IN, None, None, "", "/account", id="then the signed-in home"),
        pytest.param(facts(COMPLETE, own()), None, "/b", "https://p", "/sign-in", id="too little is proven"),
        pytest.param(facts(None), None, "/b", "https://p", "/sign-in", id="nobody is sent to sign in"),
    ],
)
def test_where_a_session_goes_next(found: Facts, asked: str | None, back: str | None, portal: str, place: str) -> None:
    assert next_place(found, asked, back, portal) == place


def test_the_newest_counting_proof_is_the_one_that_is_asked_for() -> None:
    found = facts(COMPLETE, code(9), code(3), code(1, "lost"), own(2))
    assert found.proven("factor") == code(3)
    assert found.proven("factor", since=minutes_ago(2)) is None
    assert found.proven("password", methods=frozenset({"temporary"})) is None
    assert found.proven("address") is None


def test_without_an_account_only_an_address_can_be_proven() -> None:
    found = facts(None, address(), own(), code())
    assert found.proven("address") is not None
    assert found.proven("password") is None
    assert found.proven("factor") is None
