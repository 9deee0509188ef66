"""From an address to its account and to where the mail goes, read from the rows."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import add_moved
from wizard.models import Account, db
from wizard.services import matches
from wizard.services.matches import Target
from wizard.services.visits import Visit

HOME = "amina.keita@harbour.example"


def target(app: Flask, typed: str, key: str, journey: str = "migrated-account", account_id: str = "") -> Target:
    """What a browser in which this was typed asks for."""
    with app.test_request_context():
        visit = Visit()
        visit.remember(email=typed, email_key=key, username=typed, username_key=key)
        visit.committed()
        visit.account = db.session.get(Account, account_id) if account_id else None
        found = matches.target(visit, journey)
        return Target(
            found.key, db.session.merge(found.account) if found.account else None, found.recipient, found.shown
        )


@pytest.mark.usefixtures("app_context")
def test_nobody_and_somebody() -> None:
    assert matches.match(HOME).account_id is None
    person = add_moved(HOME)
    assert matches.match(HOME).account_id == person.account_id
    assert matches.match("amina.keita+x@harbour.example").account_id == person.account_id
    assert matches.match("amina@harbour.example").account_id is None


@pytest.mark.usefixtures("app_context")
def test_a_closed_account_does_not_count_in_any_way(clock: MovableClock) -> None:
    add_moved(HOME, disabled_at=clock.now(), address_confirmed_at=clock.now())
    assert matches.match(HOME) == matches.match("nobody@harbour.example")
    person = add_moved(HOME)
    assert matches.match(HOME).account_id == person.account_id


@pytest.mark.usefixtures("app_context")
def test_the_deciding_records_are_among_the_few_that_are_looked_at(clock: MovableClock) -> None:
    for number in range(matches.FEW + 10):
        add_moved(f"fund+{number}@harbour.example")
    last = add_moved("fund+last@harbour.example")
    assert matches.match("fund+last@harbour.example").account_id == last.account_id
    assert matches.match("fund@harbour.example").doubt == "several-accounts"
    confirmed = add_moved("fund+zz@harbour.example", address_confirmed_at=clock.now())
    assert matches.match("fund@harbour.example").account_id == confirmed.account_id
    exact = add_moved("fund@harbour.example")
    assert matches.match("fund@harbour.example").account_id == exact.account_id


def test_the_mail_for_a_known_address_goes_to_its_account_only(app_context: Flask) -> None:
    person = add_moved("Amina.Keita@harbour.example")
    found = target(app_context, "AMINA.keita@harbour.example", HOME)
    assert found.account is not None
    assert (found.key, found.account.id, found.recipient, found.shown, found.address_key) == (
        HOME, person.account_id, None, "AMINA.keita@harbour.example", HOME,
    )  # fmt: skip


def test_the_mail_for_an_unknown_address_goes_to_what_was_typed(app_context: Flask) -> None:
    found = target(app_context, "Nadia@elsewhere.example", "nadia@elsewhere.example")
    assert (found.account, found.recipient, found.address_key) == (
        None,
        "Nadia@elsewhere.example",
        "nadia@elsewhere.example",
    )


@pytest.mark.parametrize("times", [1, 2])
def test_an_address_that_leads_nowhere_by_itself_is_mailed_to_as_stored(app_context: Flask, times: int) -> None:
    for _ in range(times):
        add_moved("Info@harbour.example")
    found = target(app_context, "INFO@HARBOUR.example", "info@harbour.example")
    assert (found.account, found.recipient, found.shown) == (None, "Info@harbour.example", "INFO@HARBOUR.example")


def test_in_other_journeys_an_unknown_name_is_mailed_to_nowhere(app_context: Flask) -> None:
    found = target(app_context, "nadia@elsewhere.example", "nadia@elsewhere.example", "forgotten-password")
    assert (found.account, found.recipient, found.shown, found.address_key) == (None, None, None, None)


def test_nothing_typed_is_nothing_asked(app_context: Flask) -> None:
    add_moved(HOME)
    found = target(app_context, "", "")
    assert (found.key, found.account, found.recipient, found.address_key) == ("", None, None, None)


@pytest.mark.parametrize(
    ("journey", "typed", "shown"),
    [
        ("migrated-account", "bilal@harbour.example", None),
        ("migrated-account", HOME, HOME),
        ("forgotten-password", HOME, None),
    ],
)
def test_the_sessions_account_goes_before_what_was_typed(
    app_context: Flask, journey: str, typed: str, shown: str | None
) -> None:
    person = add_moved(HOME)
    add_moved("bilal@harbour.example")
    found = target(app_context, typed, typed, journey, person.account_id)
    assert found.account is not None
    assert (found.account.id, found.shown, found.recipient) == (person.account_id, shown, None)
