"""A browser that audits nothing, so that what is measured is the application."""

from __future__ import annotations

import contextvars
import re
import time
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
HOME = "http://localhost"


@dataclass
class LeanBrowser:
    """Counts its requests and the time they took: `cpu` of the process and `wall`, in seconds."""

    app: Flask
    requests: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    path: str = "/"
    token: str = ""
    page: str = ""
    statuses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.raw = self.app.test_client()

    def get(self, path: str) -> LeanBrowser:
        """Open `path` and follow redirects."""
        return self._open(path, "GET", None)

    def post(self, **fields: str) -> LeanBrowser:
        """Send the form of the page that is open and follow redirects."""
        return self._open(self.path, "POST", fields | {"csrf_token": self.token})

    def _open(self, path: str, method: str, data: dict[str, str] | None) -> LeanBrowser:
        for _ in range(8):
            answer = self._measured(path, method, data)
            if answer.status_code != 303:
                self.path, self.page = path, answer.get_data(as_text=True)
                found = TOKEN.search(self.page)
                self.token = found.group(1) if found else ""
                return self
            path, method, data = str(answer.location), "GET", None
        raise AssertionError("Eight redirects and no page.")

    def _measured(self, path: str, method: str, data: dict[str, str] | None) -> TestResponse:
        cpu, wall = time.process_time(), time.perf_counter()
        answer: TestResponse = contextvars.Context().run(self.raw.open, path, method=method, data=data, base_url=HOME)
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall
        self.requests += 1
        self.statuses.append(answer.status_code)
        return answer
