"""Two agents on one card, a card that looks again by itself, and what of it is written down."""

from __future__ import annotations

from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import do_act
from tests.support.clock import MovableClock
from tests.support.moved import NIGER, moved
from tests.support.page_audit import words
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, reset, sign_in
from tests.support.rows import beside, change, row_of, rows_of
from wizard.models import Account, AuditEvent, DeskPresence, Session, TemporaryPass, db, write
from wizard.services import audit, temporary_passes


def hour(clock: MovableClock) -> str:
    """What a clock on the wall shows."""
    return f"{clock.now():%-H:%M}"


def test_another_agent_on_the_same_card_is_named(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    first = new_agent("ines.kouma", given_name="Ines", family_name="Kouma")
    second = new_agent("moussa.diop", given_name="Moussa", family_name="Diop")
    person = invite(app)
    assert not second.card(person).has("[data-other-agent]")
    since = hour(clock)
    clock.advance(seconds=90)
    second.digest(person)
    assert first.card(person).said("[data-other-agent]") == (
        f"Another agent has had this person open since {since}: Moussa Diop. What they do appears here."
    )


def test_an_agent_who_has_closed_the_card_is_not_named_any_more(
    app: Flask, new_agent: MakeAgent, clock: MovableClock
) -> None:
    first, second = new_agent("ines.kouma"), new_agent("moussa.diop")
    person = invite(app)
    second.card(person)
    clock.advance(minutes=2, seconds=1)
    assert not first.card(person).has("[data-other-agent]")
    clock.advance(minutes=3)
    second.card(person)
    assert f"since {hour(clock)}:" in first.card(person).said("[data-other-agent]")


def test_an_agent_on_another_card_is_not_named(app: Flask, new_agent: MakeAgent) -> None:
    first, second = new_agent("ines.kouma"), new_agent("moussa.diop")
    second.card(invite(app, "lea.morel"))
    assert not first.card(invite(app)).has("[data-other-agent]")


def test_presence_is_written_once_a_minute(app: Flask, agent: Desk, clock: MovableClock) -> None:
    person = invite(app)
    agent.card(person)
    at = clock.now()
    clock.advance(seconds=50)
    agent.digest(person)
    assert row_of(app, DeskPresence).seen_at == at
    later = clock.advance(seconds=10)
    agent.digest(person)
    kept = row_of(app, DeskPresence)
    assert (kept.seen_at, kept.since) == (later, at)


def test_the_poll_keeps_no_session_alive(app: Flask, agent: Desk, clock: MovableClock) -> None:
    person = invite(app)
    agent.card(person)
    seen = row_of(app, Session, account_id=agent.account_id, revoked_at=None).last_seen_at
    for _ in range(7):
        clock.advance(minutes=2)
        agent.digest(person)
    assert row_of(app, Session, account_id=agent.account_id, revoked_at=None).last_seen_at == seen
    clock.advance(minutes=2)
    assert agent.browser.get(f"/helpdesk/people/{person.account_id}/state").status == 401
    assert agent.card(person).location == "/sign-in"
    signed_in = sign_in(agent.browser, agent.person)
    assert signed_in.path == f"/helpdesk/people/{person.account_id}", "The poll is no place to come back to."


def test_the_digest_changes_when_the_card_would(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    known = [agent.digest(person)]
    page = place_at(client, "first-connection", "enter-password", person)
    page = page.press(password="a wrong one to begin with")
    known.append(agent.digest(person))
    page.press(password=person.temporary_password)
    known.append(agent.digest(person))
    reset(app, person, "enter-password")
    known.append(agent.digest(person))
    assert len(set(known)) == 4
    clock.advance(minutes=3)
    assert agent.digest(person) == known[-1], "Time alone makes no other card."


def test_the_digest_of_the_page_is_the_one_that_is_asked_for(app: Flask, agent: Desk) -> None:
    person = invite(app)
    main = agent.card(person).main
    assert main["data-card-digest"] == agent.digest(person)
    assert main["data-card-state"] == f"/helpdesk/people/{person.account_id}/state"


def test_the_times_that_go_on_are_told_as_the_card_would_say_them(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = moved(app, office=NIGER)
    place_at(client, "migrated-account", "check-details", person)
    for minutes in (0, 3, 4):
        clock.advance(minutes=minutes)
        told = agent.browser.get(f"/helpdesk/people/{person.account_id}/state").json["times"]
        card = agent.card(person)
        shown = {str(item["data-time"]): words(item) for item in card.soup.select("[data-time]")}
        assert told == shown
    assert shown == {
        "drawn": f"As of {hour(clock)}.",
        "since": "for 7 minutes",
        "there-1": "it is 10:07 there",
    }


def test_a_request_that_runs_out_changes_the_digest(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "verify-email", person)
    before = agent.digest(person)
    clock.advance(minutes=11)
    assert agent.digest(person) != before


def test_what_ends_by_time_alone_changes_the_digest(
    app: Flask, new_agent: MakeAgent, agent: Desk, clock: MovableClock
) -> None:
    """The time for taking back and for approving is over, and a pass has run out."""
    new_agent("moussa.diop", role="approve")
    person, other = completed(app), completed(app, "lea.morel")
    clock.advance(minutes=2)
    do_act(agent, person, "reset-step", "keep-recovery-codes")
    do_act(agent, other, "temporary-pass")
    undoable, waiting = agent.digest(person), agent.digest(other)
    assert agent.card(person).has("form[action$='/undo']")
    clock.advance(minutes=16)
    sign_in(agent.browser, agent.person)
    assert not agent.card(person).has("form[action$='/undo']")
    assert (agent.digest(person) != undoable, agent.digest(other)) == (True, waiting)
    clock.advance(minutes=45)
    sign_in(agent.browser, agent.person)
    assert agent.digest(other) != waiting

    beside(app, lambda: _give_pass(other.account_id))
    given = agent.digest(other)
    assert "A temporary pass is open." in agent.card(other).text
    change(app, TemporaryPass, row_of(app, TemporaryPass, account_id=other.account_id).id, ends_at=clock.now())
    clock.advance(seconds=1)
    assert "A temporary pass is open." not in agent.card(other).text
    assert agent.digest(other) != given


def _give_pass(account_id: str) -> None:
    with write():
        temporary_passes.make(db.session.get_one(Account, account_id), "Ines Kouma")


def test_each_look_is_in_the_trail_once_a_day(app: Flask, new_agent: MakeAgent, clock: MovableClock) -> None:
    first, second = new_agent("ines.kouma", given_name="Ines", family_name="Kouma"), new_agent("moussa.diop")
    person = invite(app)
    for _ in range(2):
        first.card(person)
        first.sees(person)
    looks = rows_of(app, AuditEvent, kind="card-opened", account_id=person.account_id)
    assert [(look.actor, look.payload) for look in looks] == [("Ines Kouma", {"agent": first.account_id})]
    second.card(person)
    assert len(rows_of(app, AuditEvent, kind="card-opened")) == 2
    clock.advance(minutes=5)
    first.card(person)
    assert len(rows_of(app, AuditEvent, kind="card-opened")) == 2


def test_a_look_is_no_event_of_the_card(app: Flask, agent: Desk) -> None:
    person = invite(app)
    agent.card(person)
    assert "An agent opened this card." not in agent.card(person).text


def test_the_look_is_a_declared_event() -> None:
    assert audit.FIELDS["card-opened"] == {"agent"}


def test_without_scripts_a_link_looks_again(app: Flask, agent: Desk, client: PageClient) -> None:
    person = invite(app)
    card = agent.card(person)
    assert "Is invited" in card.said(".tag")
    place_at(client, "first-connection", "choose-authenticator", person)
    assert "Way to confirm" in card.open("Look again").said(".tag")
