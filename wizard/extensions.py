"""The libraries that serve the application, and the two objects that everything asks for: settings and keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import Flask, current_app, request
from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from wizard.adapters.clock import Clock, SystemClock
from wizard.adapters.keyring import Keyring
from wizard.domain.networks import network_of
from wizard.models import database
from wizard.models.database import db
from wizard.settings import Settings

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

babel = Babel()
compress = Compress()
csrf = CSRFProtect()
limiter = Limiter(key_func=lambda: network_of(request.remote_addr))
login = LoginManager()
migrate = Migrate()


@dataclass
class Tools:
    """What an installation's code reaches for: decided settings, purpose keys, the clock."""

    settings: Settings
    keyring: Keyring
    clock: Clock


def tools() -> Tools:
    return cast("Tools", current_app.extensions["perron"])


def init_app(app: Flask, settings: Settings) -> None:
    keyring = Keyring(settings.secret_key, settings.secret_key_old)
    app.extensions["perron"] = Tools(settings, keyring, SystemClock())
    app.config.update(
        SECRET_KEY=keyring.key("cookie"),
        SECRET_KEY_FALLBACKS=keyring.keys("cookie")[1:],
        MAX_CONTENT_LENGTH=settings.form_size,
        MAX_FORM_MEMORY_SIZE=settings.form_size,
        MAX_FORM_PARTS=100,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SECRET_KEY=keyring.keys("form")[::-1],  # the last one signs, each one verifies
        WTF_CSRF_SSL_STRICT=True,
        SESSION_COOKIE_NAME="__Host-perron" if settings.https else "perron",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # The coarse outer net only: what guards secrets is counted in the database, whatever the number of processes.
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_APPLICATION=settings.outer_limit,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(settings.redis_url),
        RATELIMIT_HEADERS_ENABLED=False,
        COMPRESS_REGISTER=True,
        COMPRESS_MIMETYPES=["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"],
        TEMPLATES_AUTO_RELOAD=False,
    )
    settings.instance.mkdir(parents=True, exist_ok=True)
    database.configure(app, settings.database_url or f"sqlite:///{settings.instance / 'perron.sqlite3'}")
    migrate.init_app(app, db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)
    compress.init_app(app)
    limiter.init_app(app)
    csrf.init_app(app)
