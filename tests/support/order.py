"""The longest files first: of two processes neither is left alone with a long file when the other has finished.

It needs `--no-loadscope-reorder`, without which xdist puts the files with the most tests first, whatever they take.
"""

from __future__ import annotations

import pytest

# Browsers, crowds and machines of random people: few tests, and minutes of them.
LONG = ("browser/", "journeys/test_random_people.py", "journeys/test_it_bites.py", "races/", "faults/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = config.rootpath / "tests"

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix() if item.path.is_relative_to(here) else ""
        return next((number for number, start in enumerate(LONG) if path.startswith(start)), len(LONG))

    items.sort(key=place)
