"""Random people: whatever they do in whatever order, every promise of DESIGN section 7 holds.

The suite plays a bounded number of examples, always the same ones. A long run plays new ones each time:

    PERRON_RANDOM_STEPS=50000 python -m pytest -s tests/journeys/test_random_people.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.journeys.random_people.casting import Casting
from tests.journeys.random_people.machine import RandomPeople
from tests.journeys.random_people.players import ATTACKERS, HOLDS_SESSION

STEPS_EACH = 25
STEPS = int(os.environ.get("PERRON_RANDOM_STEPS", "0"))
SUITE_EXAMPLES = 20
HAPPENED = ("resets", "authenticators bound", "passwords set", "phones linked", "numbers matched", "pushes")
HAPPENED_BY_THE_GATE = ("got in: alone", "worked: mail")
SELDOM = (
    "refusals",
    "answers: wrong",
    f"requests: {HOLDS_SESSION}",
)  # twenty examples may miss them, a long run does not


@pytest.fixture(scope="module")
def casting(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Casting]:
    made = Casting(tmp_path_factory.mktemp("random-people"), sqlite_template)
    yield made
    made.close()


def profile() -> settings:
    long_run = bool(STEPS)
    return settings(
        max_examples=max(1, STEPS // STEPS_EACH) if long_run else SUITE_EXAMPLES,
        stateful_step_count=STEPS_EACH,
        derandomize=not long_run,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if long_run else (Phase.generate,),  # shrinking takes minutes
    )


@pytest.mark.parametrize("gate_open", [False, True], ids=["as it is", "the four functions alone"])
def test_nothing_that_random_people_do_breaks_a_promise(casting: Casting, gate_open: bool) -> None:
    with casting.on_stage(gate_open=gate_open):
        RandomPeople.casting = casting
        run_state_machine_as_test(RandomPeople, settings=profile())
    told = ", ".join(f"{what}: {number}" for what, number in sorted(casting.tally.items()))
    print(f"\nrandom people, {'the gate open' if gate_open else 'as it is'}: {told}")
    expected = {*HAPPENED, *(f"requests: {who}" for who in ATTACKERS), *(() if gate_open else HAPPENED_BY_THE_GATE)}
    expected = expected | {*SELDOM} if STEPS else expected - {*SELDOM}
    assert not [what for what in sorted(expected) if not casting.tally[what]]
