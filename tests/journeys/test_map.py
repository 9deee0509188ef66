"""The map of a journey is drawn from its tuple, so that it cannot tell anything else."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask_babel import lazy_gettext as _l

from wizard.cli.journey import journey as command
from wizard.journeys import JOURNEYS
from wizard.journeys.map import mermaid
from wizard.journeys.model import Journey, either
from wizard.steps import enter_code, enter_password, finish, prepare, verify_email


def boxes(drawn: str) -> dict[str, str]:
    """What each box of the map says, by its name, in the order of the map."""
    return dict(re.findall(r'^ +(\w+)(?:\(\[|\[")(.+?)(?:\]\)|"\])$', drawn, re.MULTILINE))


def arrows(drawn: str) -> list[tuple[str, str]]:
    return re.findall(r"^ +(\w+) --> (\w+)$", drawn, re.MULTILINE)


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=lambda journey: journey.name)
def test_each_journey_has_one_box_a_slot_in_its_order(journey: Journey) -> None:
    drawn = mermaid(journey)
    said = boxes(drawn)
    assert [text.split("<br>")[0] for text in said.values()] == [
        " or ".join(step.slug for step in slot.members) for slot in journey.slots
    ]
    names = list(said)
    assert arrows(drawn) == list(itertools.pairwise(names))


def test_the_map_says_what_is_bound_to_the_policy_and_what_is_the_door() -> None:
    drawn = mermaid(JOURNEYS["first-connection"])
    assert '["choose-authenticator<br>unless the policy is off"]' in drawn
    assert '["scan-qr<br>unless the policy is off"]' in drawn
    assert '["match-number or enter-code<br>unless the policy is off"]' in drawn
    assert '["keep-recovery-codes<br>unless the policy is off<br>optional"]' in drawn
    assert "([finish])" in drawn
    assert '["enter-password"]' in drawn


def test_a_slot_of_two_is_one_box_and_an_optional_step_says_so() -> None:
    journey = Journey(
        "made-up",
        _l("Made up"),
        (
            prepare.step,
            either(enter_code.step, verify_email.step),
            replace(enter_password.step, optional=True),
            finish.step,
        ),
    )
    said = list(boxes(mermaid(journey)).values())
    assert said == ["prepare", "enter-code or verify-email", "enter-password<br>optional", "finish"]


def test_two_journeys_on_one_map_share_no_box() -> None:
    drawn = [set(boxes(mermaid(journey))) for journey in JOURNEYS.values()]
    assert sum(map(len, drawn)) == len(set.union(*drawn))


def test_the_command_prints_the_map_of_all_journeys_or_of_those_named() -> None:
    answer = CliRunner().invoke(command, ["map"])
    assert answer.exit_code == 0, answer.output
    assert all(mermaid(journey) in answer.output for journey in JOURNEYS.values())
    one = CliRunner().invoke(command, ["map", "sign-in"])
    assert one.output.strip() == mermaid(JOURNEYS["sign-in"])


def test_the_command_names_the_journeys_there_are() -> None:
    answer = CliRunner().invoke(command, ["map", "nowhere"])
    assert answer.exit_code == 2
    assert all(name in answer.output for name in JOURNEYS)
