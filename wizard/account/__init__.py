"""The signed-in home, and the change of the own password."""

from __future__ import annotations

from flask import Flask, redirect
from flask.typing import ResponseReturnValue

from wizard.account import home, password, recovery_codes, ways


def init_app(app: Flask) -> None:
    app.register_blueprint(home.blueprint)
    app.register_blueprint(password.blueprint)
    app.register_blueprint(recovery_codes.blueprint)
    app.register_blueprint(ways.blueprint)
    app.add_url_rule("/.well-known/change-password", "change_password_address", change_password_address)


def change_password_address() -> ResponseReturnValue:
    """Where password managers look for the page (W3C, a well-known URL for changing passwords)."""
    return redirect("/account/password", 302)
