"""The approver: the pages that a phone opens. They belong to the device, not to a session of an account."""

from __future__ import annotations

from flask import Flask

from wizard.phone import home, link, not_me, requests
from wizard.services import waiting


def init_app(app: Flask) -> None:
    waiting.init_app(app)
    app.before_request(not_me.tell)
    for module in (home, link, requests):
        app.register_blueprint(module.blueprint)
