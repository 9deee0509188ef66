"""What stands before any journey: the front page, the mail's button, the language, sign-out, health."""

from __future__ import annotations

from flask import Flask

from wizard.entrance import button, front, health, without_phone
from wizard.services import signed_in


def init_app(app: Flask) -> None:
    signed_in.init_app(app)
    front.init_app(app)
    button.init_app(app)
    health.init_app(app)
    without_phone.init_app(app)
