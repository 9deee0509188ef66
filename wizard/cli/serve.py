"""`perron serve`: gunicorn's threaded workers, run from Python."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import click
from flask import Flask

from wizard.settings import Settings, SettingsError, read_settings
from wizard.settings_checks import is_local

THREADS = 32  # besides those of requests that wait
CONNECTIONS = 3000


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; demo mode listens on this machine only.",
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes. Several need PostgreSQL."
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the application, and hand over its mails from a thread."""
    from wizard import create_app, default_instance

    try:
        settings = _at(read_settings(os.environ, default_instance()), port)
        if settings.demo and host not in {"127.0.0.1", "localhost", "::1"}:
            raise click.UsageError("Demo mode listens on this machine only.")
        create_app(settings)  # before any worker: the demonstration is filled and every problem named once
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"Perron: {settings.public_url}" + ("  (demonstration; its mails: /mailbox)" if settings.demo else ""))
    _server(settings, host, port, workers).run()


def _at(settings: Settings, port: int) -> Settings:
    """A local installation is where it listens."""
    parts = urlsplit(settings.public_url)
    if is_local(settings) and parts.port not in {None, port}:
        return dataclasses.replace(settings, public_url=f"{parts.scheme}://{parts.hostname}:{port}")
    return settings


def _server(settings: Settings, host: str, port: int, workers: int) -> Any:
    from gunicorn.app.base import BaseApplication

    from wizard import create_app
    from wizard.services.background import Background

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            options = {
                "bind": bind,
                "workers": workers,
                "worker_class": "wizard.cli.bounded_worker.BoundedWorker",
                "threads": THREADS + settings.waiters,  # who waits holds a thread; the others must find one
                "worker_connections": CONNECTIONS + settings.waiters,
                "loglevel": "warning",
                "control_socket_disable": True,
                "forwarded_allow_ips": "",
                "graceful_timeout": 30,
            }
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Flask:
            app = create_app(settings)
            Background(app).start()
            return app

    return Server()
