"""The walk of every journey at each start: what it lets through and what stops the start."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask_babel import lazy_gettext as _l

from wizard.journeys import JOURNEYS, enumeration
from wizard.journeys.enumeration import JourneyLeadsNowhere
from wizard.journeys.model import Journey, Slot
from wizard.steps import (
    change_password,
    choose_authenticator,
    enter_code,
    enter_password,
    enter_username,
    finish,
    verify_email,
)


def made_up(*slots: Slot, name: str = "sign-in", renews: frozenset[str] = frozenset()) -> Journey:
    return Journey(name, _l("Made up"), slots, renews)


def test_every_journey_leads_somewhere_for_everybody() -> None:
    assert enumeration.check(JOURNEYS.values()) >= 3 * len(JOURNEYS)


@pytest.mark.parametrize(
    "journey",
    [
        pytest.param(made_up(enter_username.step), id="nothing is proven and nothing owed"),
        pytest.param(made_up(enter_username.step, enter_password.step), id="the second step is never asked for"),
        pytest.param(made_up(enter_username.step, enter_code.step), id="the password is never asked for"),
        pytest.param(
            made_up(enter_username.step, verify_email.step, finish.step, name="forgotten-password"),
            id="an address stands for everything",
        ),
        pytest.param(
            made_up(
                enter_username.step,
                enter_password.step,
                enter_code.step,
                finish.step,
                name="replace-phone",
                renews=frozenset({"authenticator"}),
            ),
            id="a code is asked of who has no app left",
        ),
        pytest.param(
            made_up(enter_username.step, replace(enter_password.step, is_done=lambda _progress: False)),
            id="a step that is never done",
        ),
    ],
)
def test_a_path_that_leads_nowhere_stops_the_start(journey: Journey) -> None:
    with pytest.raises(JourneyLeadsNowhere) as stopped:
        enumeration.check([journey])
    assert journey.name in str(stopped.value)


def test_a_step_without_its_guard_is_noticed() -> None:
    closed = replace(enter_code.step, guard=lambda _progress: False)
    journey = made_up(enter_username.step, enter_password.step, choose_authenticator.step, closed, change_password.step)
    with pytest.raises(JourneyLeadsNowhere, match="no open member"):
        enumeration.check([journey])
