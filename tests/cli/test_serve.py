"""`perron serve`: one command, and every reason not to start is named before anybody is served."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.far_client import FarClient
from tests.support.processes import free_port
from tests.support.served import PERRON, ROOT, Served
from tests.support.settings import INSTALLATION


def run(tmp_path: Path, *arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run `perron` with these settings and nothing else, until it ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PERRON_")}
    environment |= {"PERRON_INSTANCE_PATH": str(tmp_path / "instance")}
    environment |= {f"PERRON_{name.upper()}": str(value) for name, value in settings.items()}
    return subprocess.run(
        [*map(str, PERRON), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "access.tamaris.example"])
def test_a_demonstration_listens_on_this_machine_only(tmp_path: Path, host: str) -> None:
    done = run(tmp_path, "serve", "--host", host, "--port", str(free_port()))
    assert (done.returncode, "on this machine only" in done.stderr) == (2, True)


def test_every_problem_is_named_and_the_status_is_1(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "serve",
        **INSTALLATION | {"code_tries": "many", "public_url": "http://access.example", "nonsense": "1"},
    )
    assert done.returncode == 1
    assert all(name in done.stderr for name in ("CODE_TRIES", "PUBLIC_URL", "PERRON_NONSENSE"))
    assert "Traceback" not in done.stderr
    assert INSTALLATION["secret_key"] not in done.stderr


def test_a_demonstration_needs_nothing_and_its_person_gets_in_by_the_mailbox(serve: Callable[..., Served]) -> None:
    site = serve()
    browser = FarClient(site.base_url)
    assert browser.get("/").page == "front"
    assert browser.get("/readyz").json["schema"] is True
    assert browser.get("/first-connection", follow=True).step == "prepare"
    assert "demonstration" in site.process.output.read_text(encoding="utf-8")


def test_it_ends_when_it_is_told_to(serve: Callable[..., Served]) -> None:
    site = serve()
    assert site.process.stop() == 0


def test_two_processes_serve_one_session(serve: Callable[..., Served], database_url: str) -> None:
    port = free_port()
    settings = INSTALLATION | {"public_url": f"http://localhost:{port}", "database_url": database_url}
    site = serve(port=port, arguments=("--workers", "2"), **settings)
    browser = FarClient(site.base_url)
    page = browser.get("/first-connection", follow=True).press()
    for _ in range(12):
        assert browser.get(page.path).step == "enter-username"
    assert page.press(username="somebody").step == "enter-password"


def test_the_help_names_its_options() -> None:
    done = subprocess.run(
        [*map(str, PERRON), "serve", "--help"], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )
    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--host", "--port", "--workers"))
