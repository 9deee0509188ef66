"""Perron: first connection and sign-in, one step after the other."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from wizard.settings import Settings, read_settings

PACKAGE = Path(__file__).resolve().parent
# In a checkout templates, static and translations stand beside the package; a wheel carries them inside it.
ROOT = PACKAGE.parent if (PACKAGE.parent / "templates").is_dir() else PACKAGE


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from `settings`, by default those of the environment. Raises `SettingsError`."""
    from wizard import (
        account,
        demo,
        entrance,
        errors,
        extensions,
        guide,
        helpdesk,
        journeys,
        locale,
        logs,
        organisations,
        phone,
        sessions,
        web,
    )

    settings = demo.furnished(settings or read_settings(os.environ, default_instance()))
    app = Flask("wizard", root_path=str(ROOT), instance_path=str(settings.instance))
    logs.init_app(app, settings)
    extensions.init_app(app, settings)
    web.init_app(app)
    sessions.init_app(app)
    locale.init_app(app)
    errors.init_app(app)
    journeys.init_app(app)
    entrance.init_app(app)
    phone.init_app(app)
    account.init_app(app)
    organisations.init_app(app)
    helpdesk.init_app(app)
    guide.init_app(app)
    demo.init_app(app)
    return app


def default_instance() -> Path:
    """Where an installation writes unless INSTANCE_PATH says otherwise: in the checkout, else in the folder it is started in."""
    return (ROOT if ROOT != PACKAGE else Path.cwd()) / "instance"
