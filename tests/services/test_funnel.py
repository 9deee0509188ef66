"""The figures of a journey, against rows made by hand whose right answer is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.support.accounts import add_account
from tests.support.clock import MovableClock
from wizard.domain.secrets_made import new_id
from wizard.journeys import JOURNEYS
from wizard.models import Account, Authenticator, DeskAct, Membership, Office, Organisation, Outcome, Session, write
from wizard.models.database import DatabaseBusy
from wizard.services import audit, funnel
from wizard.services.funnel_figures import Funnel, Part, TreadFigures
from wizard.services.funnel_flights import flight_of
from wizard.services.funnel_questions import Filters, Question
from wizard.services.staff import Agent, Scope

FIRST = "first-connection"
STEPS = (
    "prepare",
    "enter-username",
    "enter-password",
    "choose-authenticator",
    "enter-code",
    "change-password",
    "finish",
)


def note(
    at: datetime,
    step: str,
    code: str,
    account: str | None = None,
    result: str = "done",
    reason: str | None = None,
    journey: str = FIRST,
) -> None:
    """One outcome."""
    with write() as session:
        session.add(
            Outcome(at=at, journey=journey, step=step, result=result, reason=reason, account_id=account, help_code=code)
        )


def walk(at: datetime, code: str, account: str, *, steps: int = len(STEPS), pace: int = 10) -> datetime:
    """The first `steps` posts of a first connection with a code app, `pace` seconds apart; the account is known from the password on."""
    for number, step in enumerate(STEPS[:steps]):
        reason = "portal" if step == "finish" else None
        note(at + timedelta(seconds=pace * number), step, code, account if number > 1 else None, reason=reason)
    return at + timedelta(seconds=pace * (steps - 1))


def ask(journey: str = FIRST, weeks: int = 4, **narrowed: object) -> Funnel:
    now = _clock().now()
    question = replace(Question(journey, weeks), **narrowed)  # type: ignore[arg-type]
    return funnel.count(question, flight_of(JOURNEYS[journey], "required"), now)


def _clock() -> MovableClock:
    from wizard.extensions import tools

    clock = tools().clock
    assert isinstance(clock, MovableClock)
    return clock


def tread(found: Funnel, slug: str) -> TreadFigures:
    return next(each for each in found.treads if each.slug == slug)


def join(account: Account, name: str, country: str = "NE") -> str:
    """Put the account into an organisation of this name; returns the organisation's id."""
    now, organisation, office = _clock().now(), new_id(), new_id()
    with write() as session:
        session.add(Organisation(id=organisation, name=name, name_key=name.casefold(), kind="company", created_at=now))
        session.flush()
        session.add(
            Office(
                id=office,
                organisation_id=organisation,
                name="HQ",
                name_key="hq",
                kind="headquarters",
                country=country,
                created_at=now,
            )
        )
        session.flush()
        session.add(
            Membership(
                id=new_id(), account_id=account.id, organisation_id=organisation, office_id=office, role="reader",
                created_at=now, accepted_at=now,
            )
        )  # fmt: skip
    return organisation


def test_everybody_who_came_to_a_tread_went_on_stands_there_or_gave_up(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    start = clock.now()
    done = add_account("done").id
    walk(start, "AA-001", done)
    for number in range(3):
        walk(start, f"BB-00{number}", add_account(f"half{number}").id, steps=4)
    note(start, "prepare", "CC-001")
    clock.advance(days=15)
    walk(clock.now(), "DD-001", add_account("late").id, steps=4)
    found = ask()
    assert [each.came for each in found.treads] == [6, 6, 5, 5, 5, 1, 1]
    assert [each.here for each in found.treads] == [0, 0, 0, 0, 1, 0, 0]
    assert [each.given_up for each in found.treads] == [0, 1, 0, 0, 3, 0, 0]
    assert all(each.came == each.went_on + each.here + each.given_up for each in found.treads)
    assert (found.inside, found.came) == (1, 6)
    assert found.worst is not None
    assert found.worst.slug == "scan-qr"


def test_times_are_between_the_posts_and_breaks_are_left_out(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    start = clock.now()
    for number, pace in enumerate((10, 20, 60)):
        walk(start, f"AA-00{number}", add_account(f"p{number}").id, pace=pace)
    away = add_account("away").id
    note(start, "enter-password", "BB-001", away)
    note(start + timedelta(hours=2), "choose-authenticator", "BB-001", away)
    note(start + timedelta(hours=2, seconds=5), "enter-code", "BB-001", away, "refused", "wrong-code")
    note(start + timedelta(hours=2, seconds=12), "enter-code", "BB-001", away)
    found = ask()
    assert tread(found, "prepare").middle is None, "Before a browser's first post nothing is known."
    assert (tread(found, "enter-username").middle, tread(found, "enter-username").slow) == (20, 60)
    assert tread(found, "choose-authenticator").middle == 20, "Two hours of lunch are no time of the step."
    assert tread(found, "match-number").middle == 12, "A refused try belongs to the time of its step: 10, 12, 20, 60."
    assert found.middle == 20 * (len(STEPS) - 1)


def test_refusals_are_told_by_reason_and_people_are_counted_once(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    at = clock.now()
    account = add_account("amina").id
    for number, reason in enumerate(("wrong-password", "wrong-password", "paused")):
        note(at + timedelta(seconds=number), "enter-password", "AA-001", None, "refused", reason)
    note(at + timedelta(seconds=9), "enter-password", "AA-001", account)
    note(at, "enter-password", "BB-001", None, "refused", "wrong-password")
    found = tread(ask(), "enter-password")
    assert found.reasons == (("wrong-password", 3), ("paused", 1))
    assert found.refused == 2
    narrowed = ask(filters=Filters(language="en"))
    assert tread(narrowed, "enter-password").reasons == (("wrong-password", 2), ("paused", 1)), (
        "Known later, so counted."
    )
    assert tread(narrowed, "enter-password").came == 1


def test_who_comes_back_in_another_browser_is_one_person(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    account = add_account("amina").id
    walk(clock.now(), "AA-001", account, steps=3)
    clock.advance(days=1)
    walk(clock.now(), "BB-001", account)
    found = ask()
    assert (found.came, found.inside) == (1, 1)
    assert sum(each.here + each.given_up for each in found.treads) == 0


def test_asking_for_a_new_one_leads_nowhere(each_database: str, app_context: Flask, clock: MovableClock) -> None:
    code, moved = "AA-001", "migrated-account"
    note(clock.now(), "enter-email", code, journey=moved)
    for seconds in (1, 2):
        note(clock.now() + timedelta(seconds=seconds), "verify-email", code, reason="resend", journey=moved)
    found = ask(moved)
    here = tread(found, "verify-email")
    assert (here.came, here.here, here.went_on, here.new_ones) == (1, 1, 0, 2)


def test_an_address_without_an_account_stands_where_it_was_proven(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    moved = "migrated-account"
    note(clock.now(), "enter-email", "AA-001", journey=moved)
    note(clock.now(), "verify-email", "AA-001", journey=moved)
    note(clock.now(), "no-account", "AA-001", reason="message", journey=moved)
    found = ask(moved)
    assert [each.here for each in found.treads] == [0, 1, 0, 0, 0, 0, 0]


def test_the_mails_button_stands_for_what_it_saves(each_database: str, app_context: Flask, clock: MovableClock) -> None:
    note(clock.now(), "button", "AA-001", add_account("amina").id)
    found = ask()
    assert tread(found, "choose-authenticator").here == 1
    assert [each.came for each in found.treads[:5]] == [1, 1, 1, 1, 0]


def test_a_code_app_has_its_qr_code_on_the_next_tread(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    account = add_account("amina").id
    walk(clock.now(), "AA-001", account, steps=4)
    assert tread(ask(), "scan-qr").here == 1
    now = clock.now()
    with write() as session:
        browser = Session(id=new_id(), account_id=account, token_hash=new_id(), created_at=now, last_seen_at=now)
        session.add(browser)
        session.flush()
        session.add(
            Authenticator(
                id=new_id(), account_id=account, session_id=browser.id, kind="code-app", label="x", created_at=now
            )
        )
    found = ask()
    assert (tread(found, "scan-qr").here, tread(found, "match-number").here) == (0, 1)


def look(account: str) -> None:
    """An agent opens this account's card."""
    with write():
        audit.record("card-opened", account_id=account, actor="Ines", agent="agent")


def act(account: str, step: str | None = None) -> None:
    """An agent does something for this account."""
    agent = add_account(new_id()).id
    with write() as session:
        session.add(
            DeskAct(
                id=new_id(), account_id=account, agent_id=agent, act="unlock", step=step, reason="locked",
                checked_how="none", state="done", created_at=_clock().now(),
            )
        )  # fmt: skip


def test_a_contact_is_a_day_on_which_agents_looked_or_acted(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    helped, changed = add_account("amina").id, add_account("ben").id
    walk(clock.now(), "AA-001", helped, steps=3)
    walk(clock.now(), "BB-001", changed, steps=3)
    clock.advance(minutes=5)
    look(helped)
    clock.advance(minutes=1)
    for step in (None, None, "change-password"):
        act(helped, step)
    act(changed, "change-password")
    found = ask()
    assert tread(found, "choose-authenticator").contacts == 1, (
        "Four times on one day, and the first as they stood there."
    )
    assert tread(found, "change-password").contacts == 1, "An act counts at its step."
    clock.advance(days=1)
    look(helped)
    found = ask()
    assert tread(found, "choose-authenticator").contacts == 2, "Another day is another contact."
    assert (found.contacts, found.contacts_per_100) == (3, 150.0)


def test_contacts_are_with_people_under_way_on_this_journey(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    arrived, elsewhere, stranger = (add_account(name).id for name in ("amina", "ben", "chen"))
    walk(clock.now(), "AA-001", arrived)
    walk(clock.now(), "BB-001", elsewhere, steps=3)
    clock.advance(minutes=5)
    note(clock.now(), "enter-username", "BB-001", elsewhere, journey="forgotten-password")
    for person in (arrived, elsewhere, stranger):
        look(person)
        act(person)
    assert ask().contacts == 0
    assert ask("forgotten-password").contacts == 1
    assert ask("sign-in").contacts_per_100 is None


def test_who_was_not_known_yet_when_they_called_is_known_by_their_browser(
    each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    account = add_account("amina", language="fr").id
    for reason in ("wrong-password", "wrong-password"):
        note(clock.now(), "enter-password", "AA-001", None, "refused", reason)
    note(clock.now(), "choose-authenticator", "AA-001", add_account("ben").id)
    look(account)
    assert ask().contacts == 0, "Nothing tells yet who that browser's person is."
    clock.advance(minutes=1)
    note(clock.now(), "enter-password", "AA-001", account)
    clock.advance(days=1)
    for narrowed in ({}, {"filters": Filters(language="fr")}):
        assert tread(ask(**narrowed), "enter-password").contacts == 1
    assert ask(filters=Filters(language="en")).contacts == 0


def test_by_week_language_and_organisation(each_database: str, app_context: Flask, clock: MovableClock) -> None:
    first = add_account("amina", language="fr")
    mine = join(first, "Zinder Relief")
    walk(clock.now(), "AA-001", first.id)
    clock.advance(days=7)
    second = add_account("ben")
    join(second, "=cmd|' /C calc'!A0")
    walk(clock.now(), "BB-001", second.id, steps=3)
    note(clock.now(), "prepare", "CC-001")
    found = ask()
    weeks = [(monday.isoformat()[:10], part) for monday, part in found.weeks]
    assert weeks == [("2026-11-16", Part(1, 1, 0, 0)), ("2026-11-23", Part(2, 0, 2, 0))]
    assert dict(found.languages) == {"": Part(1, 0, 1), "en": Part(1, 0, 1), "fr": Part(1, 1, 0)}
    assert dict(found.organisations) == {"=cmd|' /C calc'!A0": Part(1, 0, 1), "Zinder Relief": Part(1, 1, 0)}
    assert ask(filters=Filters(organisation_id=mine)).came == 1
    assert ask(filters=Filters(language="fr")).inside == 1
    assert ask(weeks=1).came == 2, "This week begins on Monday."


@pytest.mark.parametrize("scope", ["organisation", "country", "language"])
def test_only_people_within_the_agents_scope_are_counted(
    scope: str, each_database: str, app_context: Flask, clock: MovableClock
) -> None:
    seen, other = add_account("amina", language="fr"), add_account("ben")
    mine = join(seen, "Zinder Relief")
    join(other, "Elsewhere", country="TD")
    for number, account in enumerate((seen, other)):
        walk(clock.now(), f"AA-00{number}", account.id, steps=4)
        note(clock.now(), "enter-code", f"AA-00{number}", account.id, "refused", "wrong-code")
    note(clock.now(), "prepare", "CC-001")
    scopes = {
        "organisation": Scope(organisation_id=mine),
        "country": Scope(country="NE"),
        "language": Scope(language="fr"),
    }
    found = ask(agent=Agent("x", "Ines", "supervise", scopes[scope]))
    assert found.came == 1
    assert tread(found, "match-number").reasons == (("wrong-code", 1),)
    assert [name for name, _ in found.organisations] == ["Zinder Relief"]


def test_an_answer_holds_for_a_minute(app_context: Flask, clock: MovableClock) -> None:
    flight = flight_of(JOURNEYS[FIRST], "required")
    note(clock.now(), "prepare", "AA-001")
    assert funnel.ask(Question(FIRST, 1), flight).came == 1
    note(clock.now(), "prepare", "AA-002")
    assert funnel.ask(Question(FIRST, 1), flight).came == 1
    assert funnel.ask(Question(FIRST, 4), flight).came == 2, "Another question has an answer of its own."
    clock.advance(seconds=61)
    assert funnel.ask(Question(FIRST, 1), flight).came == 2


def test_while_another_question_is_counted_nobody_waits_long(
    app_context: Flask, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = flight_of(JOURNEYS[FIRST], "required")
    note(clock.now(), "prepare", "AA-001")
    assert funnel.ask(Question(FIRST, 1), flight).came == 1
    note(clock.now(), "prepare", "AA-002")
    clock.advance(hours=1)
    monkeypatch.setattr(funnel, "PATIENCE", 0.01)
    with app_context.extensions["perron-funnel"].one_at_a_time:
        assert funnel.ask(Question(FIRST, 1), flight).came == 1, "The older answer is better than none."
        with pytest.raises(DatabaseBusy):
            funnel.ask(Question(FIRST, 4), flight)
    assert funnel.ask(Question(FIRST, 1), flight).came == 2


@pytest.mark.parametrize("name", sorted(JOURNEYS))
@pytest.mark.parametrize("policy", ["required", "offered", "off"])
def test_every_step_of_every_journey_has_a_place(name: str, policy: str) -> None:
    journey = JOURNEYS[name]
    flight = flight_of(journey, policy)  # type: ignore[arg-type]
    assert set(flight.stands) >= {step.slug for step in journey.steps}
    assert all(1 <= flight.stands[slug] <= flight.leads[slug] <= flight.inside for slug in flight.stands)
    places = [flight.leads[slot.members[0].slug] for slot in journey.slots if not slot.aside]
    assert places == sorted(places)
