"""Which module of the product imports which, read from the source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "wizard"
PAGES = frozenset({"steps", "phone", "account", "organisations", "helpdesk", "oidc", "guide", "cli", "demo"})


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the product: dotted name and file; migrations, which are generated, aside."""
    for path in sorted(PRODUCT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not name.startswith("wizard.migrations"):
            yield name, path


def imported_by(name: str, source: str, *, package: bool = False) -> set[str]:
    """What the module `name` imports anywhere in `source`, relative imports and those inside functions included.

    `from a.b import c` gives `a.b` and `a.b.c`, because `c` may be a module. `package` says that the source is an
    `__init__`.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _base(name, node, package)
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def _base(name: str, node: ast.ImportFrom, package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    above = parts[: len(parts) - node.level + (1 if package else 0)]
    return ".".join([*above, *([node.module] if node.module else [])])


def wrong_imports(name: str, imports: set[str], steps: set[str]) -> list[str]:
    """Each import of `name` that points the wrong way (DESIGN section 3), in a sentence; `steps` are the step
    modules.
    """
    return [f"{name} imports {other}: {rule}" for other in sorted(imports) for rule in _broken(name, other, steps)]


def _broken(name: str, other: str, steps: set[str]) -> Iterator[str]:
    mine, theirs = _layer(name), _layer(other)
    outside = other.split(".", maxsplit=1)[0]
    if mine == "domain":
        if outside in {"flask", "sqlalchemy"} or (outside.startswith("flask_") and outside != "flask_babel"):
            yield "the rules know neither Flask nor SQL (flask_babel's lazy strings aside)."
        if theirs not in {"", "domain"}:
            yield "the rules know nothing but each other."
    if mine == "models" and theirs not in {"", "models", "domain"}:
        yield "tables know tables and rules only."
    if mine == "adapters" and theirs in {*PAGES, "services", "models", "journeys"}:
        yield "the outside world knows neither pages, use cases nor tables."
    if mine == "services" and theirs in PAGES:
        yield "use cases do not know the pages."
    if (
        mine == "services"
        and theirs == "journeys"
        and not _is(other, "wizard.journeys.model", "wizard.journeys.progress")
    ):
        yield "use cases know a journey's model and progress at most."
    if _is(name, "wizard.journeys.model", "wizard.journeys.progress", "wizard.journeys.runner") and theirs in PAGES:
        yield "the judge and the gate know no step by name."
    if name in steps and other in steps and other != name:
        yield "a step never knows its neighbours."
    if mine == "steps" and _is(other, "wizard.journeys") and other.rsplit(".", 1)[-1] in _JOURNEYS:
        yield "the order is written in the journeys and nowhere else."


_JOURNEYS = {"first_connection", "migrated_account", "sign_in", "forgotten_password", "replace_phone"}


def _layer(name: str) -> str:
    """The part of the product that a module belongs to; empty for libraries and the product's top level."""
    parts = name.split(".")
    return parts[1] if parts[0] == "wizard" and len(parts) > 1 and (PRODUCT / parts[1]).is_dir() else ""


def _is(name: str, *modules_: str) -> bool:
    return any(name == module or name.startswith(module + ".") for module in modules_)


def step_modules() -> set[str]:
    """The modules of `wizard/steps` that declare a step (`step = …` at their top level)."""
    return {name for name, path in modules() if name.startswith("wizard.steps.") and _declares_step(path)}


def _declares_step(path: Path) -> bool:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id in {"step", "STEP"} for target in targets):
            return True
    return False
