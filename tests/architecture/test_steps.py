"""One step is three files of one name: module, template, test (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.architecture.imports import ROOT, imported_by, modules, step_modules


def names(folder: Path, pattern: str, cut: Callable[[str], str]) -> set[str]:
    return {cut(path.stem) for path in folder.glob(pattern) if not path.stem.startswith("_")}


def step_names() -> set[str]:
    found = {name.rsplit(".", 1)[1] for name in step_modules()}
    assert found, "No module of wizard/steps declares a step."
    return found


def test_each_step_has_a_template_of_its_name() -> None:
    assert names(ROOT / "templates" / "steps", "*.html", str) == step_names()


def test_each_step_has_a_test_of_its_name() -> None:
    tested = names(ROOT / "tests" / "steps", "test_*.py", lambda stem: stem.removeprefix("test_"))
    assert step_names() <= tested, f"Without a test: {sorted(step_names() - tested)}"
    assert tested <= step_names(), f"Tests of no step: {sorted(tested - step_names())}"


def test_each_step_stands_in_a_journey() -> None:
    placed: set[str] = set()
    for name, path in modules():
        if name.startswith("wizard.journeys"):
            placed |= imported_by(name, path.read_text(encoding="utf-8"), package=path.name == "__init__.py")
    nowhere = {step for step in step_modules() if step not in placed}
    assert not nowhere, f"In no journey: {sorted(nowhere)}"
