"""Confirming the details: what is kept at once and what waits."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import add_moved
from tests.support.rows import row_of, rows_of
from wizard.models import Account, AuditEvent, NameCorrection, db, write
from wizard.services import details
from wizard.services.details import Details
from wizard.services.visits import Visit


@pytest.mark.parametrize(
    ("said", "stored", "kept"),
    [
        (None, "Amina", "Amina"),
        ("", "Amina", ""),
        ("  Amina ", "", "Amina"),
        ("Ke\u0301ita", "", "Kéita"),
        ("ﬁ", "", "ﬁ"),
    ],
)
def test_a_typed_name_is_composed_and_one_that_was_not_sent_stays(said: str | None, stored: str, kept: str) -> None:
    """Composed only (NFC): a name is a person's own and no key, so nothing else is folded."""
    assert details.composed(said, stored) == kept


def confirm(app: Flask, account_id: str, **said: str | None) -> None:
    known: dict[str, str | None] = {"display_name": "", "given_name": "Amina", "family_name": "Keita", "language": None}
    with app.test_request_context():
        visit = Visit()
        with write():
            visit.account = db.session.get(Account, account_id)
            details.confirm(visit, Details(**(known | said)))  # type: ignore[arg-type]


def test_what_is_confirmed_as_it_stands_changes_nothing_else(app_context: Flask, clock: MovableClock) -> None:
    person = add_moved("amina@harbour.example", language="fr")
    confirm(app_context, person.account_id)
    account = row_of(app_context, Account)
    assert (account.details_confirmed_at, account.language, account.display_name) == (clock.now(), "fr", "")
    assert rows_of(app_context, NameCorrection) == []
    assert row_of(app_context, AuditEvent, kind="details-confirmed").payload == {"corrected": False}


@pytest.mark.parametrize("said", [{"given_name": "Aminata"}, {"family_name": "Keïta"}])
def test_one_changed_name_is_one_correction_with_both(app_context: Flask, said: dict[str, str | None]) -> None:
    person = add_moved("amina@harbour.example")
    confirm(app_context, person.account_id, display_name="Ami", language="es", **said)
    account, waiting = row_of(app_context, Account), row_of(app_context, NameCorrection)
    assert (account.display_name, account.language) == ("Ami", "es")
    assert (account.given_name, account.family_name) == ("Amina", "Keita")
    assert (waiting.given_name, waiting.family_name) == (
        said.get("given_name", "Amina"),
        said.get("family_name", "Keita"),
    )


def test_no_name_stands_in_the_trail(app_context: Flask) -> None:
    person = add_moved("amina@harbour.example")
    confirm(app_context, person.account_id, given_name="Aminata", display_name="Ami")
    trail = repr([row.payload for row in rows_of(app_context, AuditEvent)])
    assert "Ami" not in trail
