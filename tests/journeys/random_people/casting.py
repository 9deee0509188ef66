"""Everything that examples share: the installations, the moments to begin at, the seam in the middle of a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.random_people.installation import POLICIES, Installation
from tests.journeys.random_people.memory import PHONE
from tests.journeys.random_people.world import Kept, World
from wizard.journeys import runner
from wizard.journeys.model import Journey
from wizard.services import new_passwords

INVITED, PASSWORD_ONLY, COMPLETE = "invited", "password only", "complete"
ONE_PHONE, TWO_PHONES = "one phone", "two phones"
SECOND_STEP_RESET, PASSWORD_RESET = "second step reset", "password reset"
RESET = {SECOND_STEP_RESET: "choose-authenticator", PASSWORD_RESET: "change-password"}
WITH_PHONE = (ONE_PHONE, TWO_PHONES)
WITH_FACTOR = (COMPLETE, *WITH_PHONE)
BEGINNINGS = (INVITED, PASSWORD_ONLY, *WITH_FACTOR, SECOND_STEP_RESET, PASSWORD_RESET)


class Casting:
    """Hands out worlds. `tally` counts what has happened in all of them, so that a run cannot be empty unnoticed."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.installations = {policy: Installation(folder, template, policy) for policy in POLICIES}
        self.tally: Counter[str] = Counter()
        self.gate_open = False
        self.world: World | None = None
        self._kept: dict[tuple[str, str], Kept] = {}
        for policy in POLICIES:
            for beginning in BEGINNINGS:
                self._kept[policy, beginning] = self._make(policy, beginning)

    def begin(self, policy: str, beginning: str) -> World:
        """A world under `policy` where the honest person has come as far as `beginning` says."""
        self.world = World(self.installations[policy], self._kept[policy, beginning], gate_open=self.gate_open)
        return self.world

    def end(self) -> None:
        """Give back what the world of this example holds, and add up what has happened in it."""
        if self.world is not None:
            self.tally.update(self.world.tally)
            self.tally["requests"] += self.world.requests
            self.world.installation.close()
        self.world = None

    def close(self) -> None:
        for installation in self.installations.values():
            installation.close()

    def _make(self, policy: str, beginning: str) -> Kept:
        """Walk there as the honest person does. Where a policy knows no such account, the nearest one."""
        if beginning in RESET:
            world = World(self.installations[policy], self._kept[policy, COMPLETE])
            assert world.reset(RESET[beginning])
        else:
            world = World(self.installations[policy])
            self._walk(world, beginning)
        world.check()
        needs_both = policy == "required" and beginning != INVITED
        assert world.memory.stood == (needs_both or beginning in {*WITH_FACTOR, *RESET})
        kept = world.keep()
        world.installation.close()
        return kept

    def _walk(self, world: World, beginning: str) -> None:
        world.invite()
        computer, policy = world.computers[0], world.installation.policy
        if beginning in WITH_PHONE:
            world.memory.way = PHONE
        if beginning != INVITED:
            world.honest.walk(computer, "/first-connection", 3)
            world.steal(computer)
            world.honest.walk(computer, "/first-connection", 9, skip=beginning == PASSWORD_ONLY and policy == "offered")
        if beginning in WITH_FACTOR and policy == "off":
            world.steal(computer)
            world.honest.walk(computer, "/replace-phone", 9)
        if beginning == TWO_PHONES:
            world.memory.hand = 1
            world.honest.walk(computer, "/account/ways/add", 9)
            assert len(world.truth.confirming) == 2

    @contextmanager
    def on_stage(self, *, gate_open: bool = False) -> Iterator[Casting]:
        """Cut the seam into the requests; with `gate_open` every step may be opened, so the four functions stand alone."""
        with pytest.MonkeyPatch.context() as patch:
            self._cut(patch, runner, "carry_out", after=False)
            self._cut(patch, new_passwords, "judge", after=True)
            if gate_open:
                patch.setattr(Journey, "may_open", lambda *_: True)
                patch.setattr(runner, "_detour", lambda _progress: False)
            self.gate_open = gate_open
            self.tally = Counter()
            yield self

    def _cut(self, patch: pytest.MonkeyPatch, module: Any, name: str, *, after: bool) -> None:
        whole = getattr(module, name)

        def interrupted(*args: Any) -> Any:
            if not after:
                self._meanwhile()
            answer = whole(*args)
            if after:
                self._meanwhile()
            return answer

        patch.setattr(module, name, interrupted)

    def _meanwhile(self) -> None:
        if self.world is not None:
            self.world.run_meanwhile()
