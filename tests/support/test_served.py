"""An installation that is really served answers, and one that cannot start says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.app import LiveApp
from tests.support.processes import DidNotStart
from tests.support.served import Served, answer


def test_the_demonstration_answers(serve: Callable[..., Served]) -> None:
    status, body = serve().get("/")
    assert (status, 'data-page="front"' in body) == (200, True)


def test_a_start_that_is_refused_names_the_settings(serve: Callable[..., Served]) -> None:
    with pytest.raises(DidNotStart, match="SECRET_KEY"):
        serve(mail_server="127.0.0.1", mail_tls="none")


def test_a_live_application_has_the_settings_and_the_clock_of_the_test(live_app: Callable[..., LiveApp]) -> None:
    site = live_app(brand_name="Quay Access")
    assert site.app.extensions["perron"].clock is site.clock
    found = answer(site.base_url, "/")
    assert found is not None
    assert (found[0], "Quay Access" in found[1]) == (200, True)
