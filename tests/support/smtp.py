"""A real mail server on the loopback interface, which can refuse, put off, stop and come back."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from tests.support.certificates import make_certificate
from tests.support.mails import Mail

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class Delivered:
    """What was accepted: the envelope, the bytes as they came, and the mail to read."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def mail(self) -> Mail:
        return Mail.from_bytes(self.content)


class SmtpServer:
    """A mail server. `delivered` is what it accepted; `tried` counts messages offered, refused ones too.

    `certificate` is the file to trust (`SSL_CERT_FILE`) when `security` is not "none".
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, security: Security = "none") -> None:
        self.security = security
        self.delivered: list[Delivered] = []
        self.tried = 0
        self.certificate, self._context = make_certificate(folder) if security != "none" else (None, None)
        self._answers: deque[str] = deque()
        self._refused: dict[str, str] = {}
        self.port = 0
        self._controller: _Controller | None = None

    @property
    def mails(self) -> list[Mail]:
        return [each.mail for each in self.delivered]

    def start(self) -> None:
        """Listen; after `stop` on the same port as before."""
        assert self._controller is None, "The mail server is running."
        door = socket.create_server((self.host, self.port))
        self.port = int(door.getsockname()[1])
        self._controller = _Controller(self, door, self._context, self.security)
        self._controller.start()

    def stop(self) -> None:
        """Go away: connections are refused from now on."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def answer_next(self, *replies: str) -> None:
        """Answer the next messages with these replies, such as "451 4.3.0 Try again later", instead of accepting
        them.
        """
        self._answers.extend(replies)

    def refuse(self, recipient: str, reply: str = "550 5.1.1 No such mailbox") -> None:
        """Refuse every mail to `recipient`."""
        self._refused[recipient.casefold()] = reply

    # The names of these two are aiosmtpd's.
    async def handle_RCPT(
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._refused.get(address.casefold())
        if reply:
            self.tried += 1
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:
        self.tried += 1
        if self._answers:
            return self._answers.popleft()
        content = envelope.original_content or b""
        self.delivered.append(Delivered(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 OK"


class _Controller(Controller):
    """aiosmtpd's thread, listening on a socket that is bound already: the port is known before and cannot be taken
    meanwhile.
    """

    def __init__(
        self, handler: SmtpServer, door: socket.socket, context: ssl.SSLContext | None, security: Security
    ) -> None:
        self._door = door
        starttls: dict[str, Any] = {"tls_context": context, "require_starttls": True} if security == "starttls" else {}
        super().__init__(
            handler,
            hostname=handler.host,
            port=handler.port,
            ssl_context=context if security == "tls" else None,
            **starttls,
        )

    def _create_server(self) -> Awaitable[Any]:
        return self.loop.create_server(self._factory_invoker, sock=self._door, ssl=self.ssl_context)


@pytest.fixture
def start_smtp(tmp_path: Path) -> Iterator[Callable[..., SmtpServer]]:
    """Starts a mail server of the given security: "none" (default), "starttls" or "tls"."""
    running: list[SmtpServer] = []

    def start(security: Security = "none") -> SmtpServer:
        server = SmtpServer(tmp_path, security)
        server.start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def smtp(start_smtp: Callable[..., SmtpServer]) -> SmtpServer:
    """A mail server without encryption."""
    return start_smtp()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as door:
        yield int(door.getsockname()[1])
