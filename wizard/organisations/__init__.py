"""An organisation's own pages: its profile, its people, and what it offers to whom."""

from __future__ import annotations

from flask import Flask

from wizard.organisations import offers, people, profile


def init_app(app: Flask) -> None:
    app.register_blueprint(profile.blueprint)
    app.register_blueprint(people.blueprint)
    app.register_blueprint(offers.blueprint)
