"""The poll of a step's waiting page: answered, ended, or nothing for 25 seconds (CONTRACT, "Pages")."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, g
from flask.typing import ResponseReturnValue

from wizard.journeys.progress import Progress
from wizard.journeys.runner import Here, progress_of
from wizard.services.visits import Visit
from wizard.services.waiting import Full, waiting_room


def poll(state_of: Callable[[Progress], str]) -> ResponseReturnValue:
    """Answer as soon as `state_of` says anything but "waiting". 204 after the longest wait, 401 when the session is gone."""
    here: Here = g.here
    if here.visit.session is None:
        return {"state": "ended"}, 401
    topic, found = f"session:{here.visit.session.id}", ["waiting"]

    def is_settled() -> bool:
        visit = g.visit = Visit()
        found[0] = "ended" if visit.session is None else state_of(progress_of(visit, here.journey))
        return found[0] != "waiting"

    try:
        settled = waiting_room().wait(topic, is_settled)
    except Full as full:
        return {"state": "waiting"}, 200, {"Retry-After": str(full.retry_after)}
    return ({"state": found[0]}, 200) if settled else nothing_new()


def nothing_new() -> Response:
    """The answer of a poll in which nothing has happened."""
    return Response(status=204, mimetype="application/json")
