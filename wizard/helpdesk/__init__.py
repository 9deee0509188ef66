"""The helpdesk console: find the caller, see the step, reset exactly that."""

from __future__ import annotations

from flask import Flask, redirect
from flask.typing import ResponseReturnValue

from wizard.helpdesk import acts, bulk, caller, card, funnel, people, queue
from wizard.helpdesk.guard import agent_may, agents_only


def init_app(app: Flask) -> None:
    for part in (people, card, acts, caller, queue, funnel, bulk):
        app.register_blueprint(part.blueprint)
    app.add_template_global(agent_may)
    app.add_url_rule("/helpdesk", "helpdesk", agents_only()(front))


def front() -> ResponseReturnValue:
    """The console begins with the search."""
    return redirect("/helpdesk/people", 303)
