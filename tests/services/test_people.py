"""People as an operator keeps them: what is checked, what closing an account ends, what may be known of a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.clock import MovableClock
from wizard.domain.secrets_made import new_id
from wizard.models import Account, AuditEvent, Authenticator, Issue, Proof, Session, db, write
from wizard.services import issues, mails, people, people_facts
from wizard.services.people import NameTaken, NobodyFound

pytestmark = pytest.mark.usefixtures("app_context")
LANGUAGES = ("en", "fr", "pt-BR")


def person(**values: str) -> people.Person:
    _key, found, problems = people.read_person(
        {"username": "anna", "email": "anna@tamaris.example"} | values, LANGUAGES
    )
    assert found, problems
    return found


@pytest.fixture
def add(clock: MovableClock) -> Callable[..., Account]:
    def add_account(**values: Any) -> Account:
        columns = {name: values.pop(name) for name in list(values) if name not in {"username", "email"}}
        row = people.new_account(person(**values), journey="first-connection", language="en", now=clock.now())
        with write():
            people.add([row | columns], source="command")
        return db.session.get_one(Account, row["id"])

    return add_account


def session_of(account_id: str, clock: MovableClock) -> str:
    """A browser that has proven the password."""
    row_id, now = new_id(), clock.now()
    with write() as session:
        session.add(Session(id=row_id, account_id=account_id, token_hash=new_id(), created_at=now, last_seen_at=now))
        session.flush()
        proof = {"session_id": row_id, "account_id": account_id, "at": now}
        session.add(Proof(id=new_id(), kind="password", method="own", **proof))
    return row_id


def bind_code_app(account_id: str, session_id: str, clock: MovableClock) -> None:
    app = {"kind": "code-app", "label": "Code app", "secret": b"the-seed", "created_at": clock.now()}
    with write() as session:
        session.add(
            Authenticator(id=new_id(), account_id=account_id, session_id=session_id, proven_at=clock.now(), **app)
        )
        session.get_one(Account, account_id).factor_since = clock.now()


def state(account: Account, clock: MovableClock) -> str:
    db.session.rollback()
    return str(people_facts.facts(db.session.get_one(Account, account.id), clock.now())["state"])


def test_names_are_folded_for_finding_and_kept_for_showing() -> None:
    found = person(username=" Anna ", email="Anna＠Tamaris.example", given_name="Zoe\u0308", language="PT-br")
    assert (found.username, found.username_key) == ("Anna", "anna")
    assert (found.email, found.email_key) == ("Anna@Tamaris.example", "anna@tamaris.example")
    assert (found.given_name, found.language) == ("Zoë", "pt-BR")


def test_a_huge_value_is_refused_before_it_is_normalised() -> None:
    _key, found, problems = people.read_person({"username": "\ufdfa" * 1000, "email": "a" * 1000}, LANGUAGES)
    assert found is None
    assert [(problem.column, problem.reason) for problem in problems] == [
        ("username", "This is too long for a name."), ("email", "This is too long for a name."),
    ]  # fmt: skip


def test_a_name_that_is_taken_is_refused_whole(add: Callable[..., Account]) -> None:
    add()
    with pytest.raises(NameTaken):
        add(username="ANNA", email="other@x.example")
    assert [account.email for account in db.session.scalars(select(Account))] == ["anna@tamaris.example"]


def test_a_person_is_found_by_name_then_by_an_address_of_their_own(add: Callable[..., Account]) -> None:
    anna = add()
    ben = add(username="ben", email="shared@x.example").id
    add(username="cleo", email="shared@x.example")
    add(username="ben@x.example", email="dora@x.example")
    assert people.find("ANNA").id == people.find("Anna@Tamaris.example").id == people.find(anna.id).id == anna.id
    assert people.find("ben").id == ben
    assert people.find("ben@x.example").email == "dora@x.example"
    with pytest.raises(NobodyFound, match="Several"):
        people.find("shared@x.example")
    for nobody in ("nobody", "nobody@x.example", "", "no body", "x" * 500):
        with pytest.raises(NobodyFound, match="No account"):
            people.find(nobody)


def test_closing_an_account_ends_its_sessions_and_proofs_at_once(
    add: Callable[..., Account], clock: MovableClock
) -> None:
    anna, ben = add().id, add(username="ben").id
    hers = [session_of(anna, clock), session_of(anna, clock)]
    his = session_of(ben, clock)
    with write():
        assert people.disable(anna, clock.now()) == 2
    with write():
        assert people.disable(anna, clock.now()) is None
    for row in db.session.scalars(select(Session)):
        assert (row.revoked_at, row.revoked_reason) == ((clock.now(), "disabled") if row.id in hers else (None, None))
    proofs = {proof.session_id: proof.ended_at for proof in db.session.scalars(select(Proof))}
    assert proofs == {hers[0]: clock.now(), hers[1]: clock.now(), his: None}
    assert db.session.get_one(Account, anna).disabled_at == clock.now()
    kinds = select(AuditEvent.kind, AuditEvent.payload).where(AuditEvent.account_id == anna).order_by(AuditEvent.id)
    assert [tuple(row) for row in db.session.execute(kinds)][1:] == [
        ("account-disabled", {}), ("sessions-ended", {"count": 2, "reason": "disabled"}),
    ]  # fmt: skip


def test_opening_an_account_again_brings_no_session_back(add: Callable[..., Account], clock: MovableClock) -> None:
    anna = add().id
    session_of(anna, clock)
    with write():
        assert people.enable(anna) is False
        people.disable(anna, clock.now())
        assert people.enable(anna) is True
    assert db.session.get_one(Account, anna).disabled_at is None
    assert db.session.scalars(select(Session.revoked_reason)).all() == ["disabled"]


def test_the_state_says_where_a_person_stands(add: Callable[..., Account], clock: MovableClock) -> None:
    anna = add()
    assert state(anna, clock) == "not-invited"
    with write():
        issues.issue(db.session.get_one(Account, anna.id))
    assert state(anna, clock) == "invited"
    here = session_of(anna.id, clock)
    with write() as session:
        session.scalars(select(Issue)).one().first_used_at = clock.now()
    assert state(anna, clock) == "under-way"
    clock.advance(days=8)
    assert state(anna, clock) == "invitation-expired"
    bind_code_app(anna.id, here, clock)
    with write() as session:
        session.get_one(Account, anna.id).password_hash = "hash"
    assert state(anna, clock) == "connected"
    with write() as session:
        session.scalars(select(Authenticator)).one().ended_at = clock.now()
    assert state(anna, clock) == "owes-replace-phone"
    with write() as session:
        row = session.get_one(Account, anna.id)
        row.password_hash, row.password_ended_at = None, clock.now()
    assert state(anna, clock) == "owes-forgotten-password"
    with write():
        people.disable(anna.id, clock.now())
    assert state(anna, clock) == "disabled"


def test_every_state_has_words(add: Callable[..., Account], clock: MovableClock) -> None:
    for words in people_facts.STATES.values():
        assert words.endswith(".")
    assert people_facts.facts(add(), clock.now())["state_words"] == people_facts.STATES["not-invited"]


def test_the_facts_name_steps_invitation_and_mails_and_no_secret(
    add: Callable[..., Account], clock: MovableClock
) -> None:
    anna = add(password_hash="the-hash", password_set_at=clock.now())
    bind_code_app(anna.id, session_of(anna.id, clock), clock)
    ben = add(username="ben", email="ben@x.example").id
    with write():
        row = db.session.get_one(Account, ben)
        secrets = issues.issue(row)
        mails.invitation(row, secrets)
        mails.mailed_code(
            row, None, language="en", code="701449", button_token="the-token",
            ends=clock.now() + timedelta(minutes=10), journey="sign-in",
        )  # fmt: skip

    anna_facts = people_facts.facts(people.find("anna"), clock.now())
    assert {step["step"]: step["done_at"] for step in anna_facts["steps"]} == {
        "enter-password": None, "choose-authenticator": clock.now(), "enter-code": clock.now(),
        "change-password": clock.now(),
    }  # fmt: skip
    assert [each["kind"] for each in anna_facts["authenticators"]] == ["code-app"]
    assert anna_facts["open_sessions"] == 1

    ben_facts = people_facts.facts(people.find("ben"), clock.now())
    assert ben_facts["issue"]["state"] == "open"
    assert ben_facts["issue"]["ends_at"] == clock.now() + timedelta(days=7)
    assert sorted((mail["kind"], mail["state"]) for mail in ben_facts["mails"]) == [
        ("invitation", "waiting"), ("mailed_code", "waiting"),
    ]  # fmt: skip
    told = json.dumps([anna_facts, ben_facts], default=str)
    kept = db.session.scalars(select(Issue)).one()
    never = (secrets.button_token, secrets.temporary_password, kept.button_hash, kept.password_hash)
    for secret in (*never, "701449", "the-token", "the-hash", "the-seed"):
        assert secret
        assert secret not in told


def test_everyone_is_listed_by_name_of_one_journey_and_as_many_as_asked(add: Callable[..., Account]) -> None:
    for name in ("cleo", "anna", "ben"):
        add(username=name)
    add(username="zoe", journey="migrated-account")
    assert [row["username"] for row in people_facts.everyone(None, None)] == ["anna", "ben", "cleo", "zoe"]
    assert [row["username"] for row in people_facts.everyone("migrated-account", None)] == ["zoe"]
    assert [row["username"] for row in people_facts.everyone(None, 2)] == ["anna", "ben"]
