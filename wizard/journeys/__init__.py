"""The journeys of this installation, mounted behind the one gate."""

from __future__ import annotations

from functools import cache

from flask import Flask

from wizard.journeys import enumeration, runner
from wizard.journeys.first_connection import FIRST_CONNECTION
from wizard.journeys.forgotten_password import FORGOTTEN_PASSWORD
from wizard.journeys.migrated_account import MIGRATED_ACCOUNT
from wizard.journeys.model import Journey
from wizard.journeys.replace_phone import REPLACE_PHONE
from wizard.journeys.sign_in import SIGN_IN

JOURNEYS: dict[str, Journey] = {
    journey.name: journey
    for journey in (FIRST_CONNECTION, MIGRATED_ACCOUNT, SIGN_IN, FORGOTTEN_PASSWORD, REPLACE_PHONE)
}


def init_app(app: Flask) -> None:
    _walk_all()
    runner.mount(app, JOURNEYS)


@cache
def _walk_all() -> int:
    """Once a process: the journeys are the same for each application in it. Raises `JourneyLeadsNowhere`."""
    return enumeration.check(JOURNEYS.values())
