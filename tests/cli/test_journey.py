"""`perron journey map`: the journeys as they are."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from wizard.cli.journey import journey
from wizard.journeys import JOURNEYS


@pytest.mark.parametrize("name", sorted(JOURNEYS))
def test_the_map_names_every_step_in_order(name: str) -> None:
    done = CliRunner().invoke(journey, ["map", name])
    assert done.exit_code == 0
    places = [done.stdout.index(step.slug) for step in JOURNEYS[name].steps]
    assert places == sorted(places)
    assert done.stdout.count("-->") == len(JOURNEYS[name].slots) - 1


def test_without_a_name_every_journey_is_drawn() -> None:
    printed = CliRunner().invoke(journey, ["map"]).stdout
    assert all(f'["{name}"]' in printed for name in JOURNEYS)


def test_an_unknown_journey_is_a_mistake_of_use_and_the_known_ones_are_named() -> None:
    done = CliRunner().invoke(journey, ["map", "sideways"])
    assert done.exit_code == 2
    assert "sign-in" in done.output
