"""The poll of a waiting page: answered, ended, or nothing for 25 seconds (CONTRACT, "Pages")."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, g
from flask.typing import ResponseReturnValue

from wizard.journeys.progress import Progress
from wizard.journeys.runner import Here, progress_of
from wizard.services.visits import Visit
from wizard.services.waiting import Full, waiting_room

WAITING, ENDED = "waiting", "ended"


def poll(state_of: Callable[[Progress], str]) -> ResponseReturnValue:
    """Answer a step's page as soon as `state_of` says anything but "waiting". 401 when the session is gone."""
    here: Here = g.here
    if here.visit.session is None:
        return {"state": ENDED}, 401

    def state() -> str:
        visit = g.visit = Visit()
        return ENDED if visit.session is None else state_of(progress_of(visit, here.journey))

    return wait_for(f"session:{here.visit.session.id}", state)


def wait_for(topic: str, state: Callable[[], str]) -> ResponseReturnValue:
    """Answer as soon as `state`, asked anew whenever `topic` is told, says anything but "waiting".

    204 after the longest wait; at once, with Retry-After, where too many wait already.
    """
    found = [WAITING]

    def is_settled() -> bool:
        found[0] = state()
        return found[0] != WAITING

    try:
        settled = waiting_room().wait(topic, is_settled)
    except Full as full:
        return {"state": WAITING}, 200, {"Retry-After": str(full.retry_after)}
    return ({"state": found[0]}, 200) if settled else Response(status=204, mimetype="application/json")
