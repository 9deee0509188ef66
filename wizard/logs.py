"""Logs: plain or JSON lines, with the request's help code; never codes, secrets or passwords."""

from __future__ import annotations

import logging
import sys

import structlog
from flask import Flask

from wizard.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Flask's own line for a fault names the path, and that of a mail's button is its token; errors.py writes ours.
    app.logger.setLevel(logging.CRITICAL)
