"""Fixtures of the browser tests: an installation whose mail goes over a real mail server."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.app import LiveApp
from tests.support.mails import Mail
from tests.support.smtp import SmtpServer
from wizard.cli import cli


@dataclass
class Installation:
    """A served application, its mail server, and the operator's commands."""

    live: LiveApp
    smtp: SmtpServer
    folder: Path
    _read: int = field(default=0)

    def command(self, *words: str) -> str:
        """Run `perron WORDS` to a good end; returns what it printed."""
        result = self.live.app.test_cli_runner().invoke(cli, list(words))
        assert result.exit_code == 0, f"perron {' '.join(words)} ended with {result.exit_code}: {result.output}"
        return str(result.output)

    def import_and_invite(self, people: Sequence[Mapping[str, str]]) -> None:
        """Bring in people as the operator does: a CSV file and `perron people import --invite`."""
        file = self.folder / "people.csv"
        with file.open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, list(people[0]))
            writer.writeheader()
            writer.writerows(people)
        self.command("people", "import", str(file), "--journey", "first-connection", "--invite")

    def deliver(self) -> list[Mail]:
        """Hand over what waits; returns the mails that the server has got by that."""
        self.command("mail", "deliver")
        new = self.smtp.mails[self._read :]
        self._read += len(new)
        return new


@pytest.fixture
def installation(live_app: Callable[..., LiveApp], smtp: SmtpServer, tmp_path: Path) -> Installation:
    """An installation in English and French with a mail server of its own."""
    return Installation(live_app(mail_port=smtp.port), smtp, tmp_path)
