"""Proof that random people see what they look for: one rule is broken on purpose, and a promise is found broken.

Each rule has the shortest trace that the machine has found for it, played with the rule whole (nothing is found) and
broken. The machine finds the quick ones again by itself in the suite, and all of them in a long run:

    PERRON_RANDOM_STEPS=5000 python -m pytest -s tests/journeys/test_it_bites.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.journeys.random_people.broken_rules import BROKEN_RULES, BrokenRule
from tests.journeys.random_people.casting import Casting
from tests.journeys.random_people.machine import RandomPeople
from tests.journeys.random_people.traces import TRACES
from tests.journeys.random_people.violations import Violation

STEPS = int(os.environ.get("PERRON_RANDOM_STEPS", "0"))
SUITE_STEPS = 2500  # for each search: examples of fewer steps are more
SEARCHED = [broken for broken in BROKEN_RULES if broken.quick or STEPS]


@pytest.fixture(scope="module")
def casting(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Casting]:
    made = Casting(tmp_path_factory.mktemp("it-bites"), sqlite_template)
    yield made
    made.close()


def play(casting: Casting, broken: BrokenRule) -> None:
    """Play the rule's trace as the machine plays: after every act each promise is looked at."""
    RandomPeople.casting = casting
    machine: Any = RandomPeople()
    try:
        for act, how in TRACES[broken.name]:
            getattr(machine, act)(**how)
            machine.every_promise_holds()
        machine.everybody_gets_in()
    finally:
        casting.end()


def named(broken: BrokenRule) -> str:
    return broken.name.replace(" ", "-")


@pytest.mark.parametrize("broken", BROKEN_RULES, ids=named)
def test_a_trace_sees_the_broken_rule_and_nothing_else(casting: Casting, broken: BrokenRule) -> None:
    with casting.on_stage(gate_open=broken.gate_open):
        play(casting, broken)
        with pytest.MonkeyPatch.context() as patch:
            broken.break_it(patch)
            with pytest.raises(Violation) as found:
                play(casting, broken)
    assert found.value.promise in broken.seen


@pytest.mark.parametrize("broken", SEARCHED, ids=named)
def test_random_people_find_the_broken_rule_by_themselves(casting: Casting, broken: BrokenRule) -> None:
    search = settings(
        max_examples=max(SUITE_STEPS, STEPS) // broken.steps,
        stateful_step_count=broken.steps,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with casting.on_stage(gate_open=broken.gate_open), pytest.MonkeyPatch.context() as patch:
        broken.break_it(patch)
        RandomPeople.casting = casting
        with pytest.raises(Violation) as found:
            run_state_machine_as_test(RandomPeople, settings=search)
    assert found.value.promise in broken.seen
    examples, steps = casting.tally["examples"], casting.tally["steps"]
    print(f"\n{broken.name}: “{found.value.promise}”, found within {examples} examples, {steps} steps")
