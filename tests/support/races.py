"""Several acts released at the same instant."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")
PATIENCE = 60.0  # seconds until all are ready, and until each has answered


def at_once(acts: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run every act in a thread of its own, released together; returns their results in order.

    What an act raises is raised here. Raises `threading.BrokenBarrierError` or `TimeoutError` after a minute.
    """
    assert acts, "A race needs somebody to run."
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Result]) -> Result:
        gate.wait(PATIENCE)
        return act()

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        runs = [pool.submit(run, act) for act in acts]
        return [each.result(timeout=PATIENCE) for each in runs]
