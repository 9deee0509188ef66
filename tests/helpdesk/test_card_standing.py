"""Where somebody stands who took another way, has gone away, is closed, holds a pass or is not known yet."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk.conftest import Desk, MakeAgent
from tests.helpdesk.test_acts import acts_of, do_act
from tests.helpdesk.test_acts_approvals import approve
from tests.helpdesk.test_card import stands_at, tread, treads
from tests.support.clock import MovableClock
from tests.support.moved import HEADQUARTERS, NIGER, SENEGAL, add_moved
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, press_button, sign_in
from tests.support.phones import asking, linked
from tests.support.rows import beside, row_of
from wizard.helpdesk.card_words import there_words
from wizard.models import Account

NOT_OF_THEIRS = "AAAA-BBBB-CCCC-DDDD"


def without_phone(page: Page) -> Page:
    """From the page that shows the number to the one for a recovery code."""
    return page.open("I cannot use my phone").press(reason="not-here")


def test_who_took_another_way_and_was_refused_there_is_seen_there(app: Flask, agent: Desk, client: PageClient) -> None:
    someone = linked(app)
    page = without_phone(asking(app, someone, client)).press(code=NOT_OF_THEIRS)
    assert (page.step, page.refused) == ("use-recovery-code", "wrong-code")
    card = agent.card(someone.person)
    assert stands_at(card) == ("here", "use-recovery-code")
    seen = agent.sees(someone.person)
    assert (seen.title, seen.refused) == (page.title, "wrong-code")
    assert "Enter the next one of your list" in card.said(".say")
    assert "refused 1 time" in tread(card, "use-recovery-code")


def test_who_took_another_way_and_goes_on_is_followed(app: Flask, agent: Desk, client: PageClient) -> None:
    someone = linked(app)
    without_phone(asking(app, someone, client)).press(code=NOT_OF_THEIRS).press(code=someone.codes[0])
    assert stands_at(agent.card(someone.person)) == ("signed-in", "")


def test_who_holds_a_pass_is_told_where_it_is_entered(app: Flask, new_agent: MakeAgent, agent: Desk) -> None:
    someone, second = linked(app), new_agent("moussa.diop", role="approve")
    client = PageClient(app)
    page = asking(app, someone, client)
    assert "it asks whether it is you" in agent.card(someone.person).said(".say")
    do_act(agent, someone.person, "temporary-pass")
    (row,) = acts_of(app, someone.person)
    approve(second, row)
    made = agent.card(someone.person).press(in_form=f"form[action='/helpdesk/acts/{row.id}/pass']").said("[data-pass]")
    card = agent.card(someone.person)
    assert "Press “I cannot use my phone” on your page, choose what has happened to it, and enter" in card.said(".say")
    assert "A temporary pass is open." in card.said(".side")
    page = page.open("I cannot use my phone").press(reason="new")
    assert page.step == "use-temporary-pass"
    page = page.press(**{"pass": made})
    assert page.step == "choose-authenticator"
    assert "the pass" not in agent.card(someone.person).said(".say")


def test_of_who_has_gone_away_it_is_said_when_they_were_seen_last(
    app: Flask, agent: Desk, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    card = agent.card(person)
    assert "since 9:0" in tread(card, "choose-authenticator")
    assert card.has("[data-tread=choose-authenticator] svg, [data-tread=choose-authenticator] .person")
    clock.advance(hours=14)
    sign_in(agent.browser, agent.person)
    card = agent.card(person)
    assert stands_at(card) == ("away", "prepare")
    assert "last seen: 9:0" in tread(card, "prepare")
    assert "since" not in tread(card, "prepare")
    assert not card.has("[data-tread=prepare] svg, [data-tread=prepare] .person")


def test_a_closed_account_has_climbed_what_it_had_climbed(app: Flask, agent: Desk) -> None:
    person = completed(app)
    sign_in(PageClient(app), person)
    do_act(agent, person, "disable")
    card = agent.card(person)
    assert stands_at(card) == ("disabled", "")
    assert set(treads(card).values()) == {"done"}


def test_an_account_that_was_closed_half_way_has_not_climbed_the_rest(
    app: Flask, agent: Desk, client: PageClient
) -> None:
    person = invite(app)
    press_button(client, person)
    do_act(agent, person, "disable")
    assert row_of(app, Account, id=person.account_id).last_sign_in_at is None
    assert treads(agent.card(person))["change-password"] == "to-come"
    assert treads(agent.card(person))["match-number"] == "to-come"


def test_the_second_step_of_who_is_not_proven_is_called_neither_number_nor_code(
    app: Flask, agent: Desk, client: PageClient
) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-password", person).press(password="not the right one")
    assert tread(agent.card(person), "match-number").startswith("Number or code")
    page.press(password=person.password)
    assert tread(agent.card(person), "enter-code").startswith("Code")
    someone = linked(app, "lea.morel")
    asking(app, someone)
    assert tread(agent.card(someone.person), "match-number").startswith("Number since")


@pytest.mark.settings(time_zone="Europe/Zurich")
@pytest.mark.parametrize(
    ("office", "said"),
    [
        pytest.param(HEADQUARTERS, "it is 12:00 there", id="two hours ahead"),
        pytest.param(SENEGAL, "it is 9:00 there", id="an hour behind"),
        pytest.param(NIGER, None, id="as here"),
    ],
)
def test_the_agent_reads_what_time_it_is_where_the_caller_works(
    app: Flask, agent: Desk, office: str, said: str | None
) -> None:
    person = beside(app, lambda: add_moved("amina@harbour.example", office))
    about = agent.card(person).said(".about")
    assert (said in about) if said else ("there" not in about)


def test_a_country_of_several_times_has_none(app_context: Flask, clock: MovableClock) -> None:
    assert [there_words(country, clock.now()) for country in ("US", "UA", "XX", "", None)] == [""] * 5
