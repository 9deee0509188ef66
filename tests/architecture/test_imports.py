"""Imports point one way: pages, then services, then domain, models and adapters (DESIGN section 3)."""

from __future__ import annotations

import pytest

from tests.architecture.imports import imported_by, modules, step_modules, wrong_imports

STEPS = {"wizard.steps.scan_qr", "wizard.steps.prepare"}


def test_imports_point_one_way() -> None:
    steps = step_modules()
    read, wrong = 0, []
    for name, path in modules():
        imports = imported_by(name, path.read_text(encoding="utf-8"), package=path.name == "__init__.py")
        wrong += wrong_imports(name, imports, steps)
        read += 1
    assert not wrong, "\n".join(wrong)
    assert read > 30, "The product's modules were not found."


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("wizard.domain.totp", "from flask import request"),
        ("wizard.domain.totp", "import sqlalchemy.orm"),
        ("wizard.domain.totp", "from wizard.models import Account"),
        ("wizard.domain.totp", "def late():\n    from ..models.account import Account"),
        ("wizard.models.account", "from wizard.services import passwords"),
        ("wizard.adapters.mail", "from wizard.models import db"),
        ("wizard.services.people", "from wizard.steps import scan_qr"),
        ("wizard.services.people", "from wizard.journeys.runner import mount"),
        ("wizard.journeys.model", "from wizard.steps.scan_qr import step"),
        ("wizard.steps.scan_qr", "from wizard.steps import prepare"),
        ("wizard.steps.scan_qr", "from . import prepare"),
        ("wizard.steps.scan_qr", "from wizard.journeys.sign_in import SIGN_IN"),
    ],
)
def test_an_import_that_points_the_wrong_way_is_found(name: str, source: str) -> None:
    assert wrong_imports(name, imported_by(name, source), STEPS)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("wizard.domain.password_rules", "from flask_babel import lazy_gettext as _l"),
        ("wizard.services.people", "from wizard.models import Account\nfrom wizard.domain import digits"),
        ("wizard.steps.scan_qr", "from wizard.journeys.model import Step\nfrom wizard.services import enrolment"),
        ("wizard.journeys.sign_in", "from wizard.steps import scan_qr, prepare"),
        ("wizard.models.account", "from wizard.models.base import Base"),
    ],
)
def test_an_import_that_points_the_right_way_is_left_alone(name: str, source: str) -> None:
    assert wrong_imports(name, imported_by(name, source), STEPS) == []
