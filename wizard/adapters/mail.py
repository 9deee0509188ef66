"""Handing mails over: to a mail server, or into a folder for the demonstration.

Flask-Mail opens the connection, with two things replaced, because version 0.10 verifies no certificate and knows no
time-out (a silent server would hold the deliverer for ever). Its own messages are not used: they are rendered anew at
each sending, while what the outbox has rendered must go out byte for byte.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Protocol

import flask_mail

from wizard.settings import Settings

PORTS = {"starttls": 587, "tls": 465, "none": 25}
SERVICE_NOT_AVAILABLE = 421
MAILBOX_NAME_NOT_ALLOWED = 553
_FILE_ID = re.compile(r"<([A-Za-z0-9]+)@")


class MailRefused(Exception):
    """The server will never take this mail: a 5xx reply (RFC 5321, 4.2.1). `code` is that reply."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class MailUnavailable(Exception):
    """The mail cannot be handed over now. `code` is the server's reply, None when it could not be talked to.

    `connection_lost` says that no other mail can go over this connection either.
    """

    def __init__(self, text: str, code: int | None = None, *, connection_lost: bool = True) -> None:
        super().__init__(text)
        self.code = code
        self.connection_lost = connection_lost


class MailConnection(Protocol):
    def send(self, message: bytes, recipient: str) -> None:
        """Hand over a finished message to one recipient. Raises `MailRefused` or `MailUnavailable`."""


class MailTransport(Protocol):
    def connect(self) -> AbstractContextManager[MailConnection]:
        """One connection for several mails. Raises `MailUnavailable` on entering."""


class SmtpTransport:
    """A mail server, as the settings name it. `context` replaces the system's certificate authorities (tests)."""

    def __init__(self, settings: Settings, context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._context = context or ssl.create_default_context()

    @contextmanager
    def connect(self) -> Iterator[MailConnection]:
        connection = _VerifiedConnection(self._settings, self._context)
        try:
            connection.__enter__()
        except smtplib.SMTPResponseException as error:
            # Also a 5xx: who may not sign in here has wrong settings, and no mail is to be lost for that.
            raise MailUnavailable(_reply(error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"{type(error).__name__}: {error}") from error
        assert connection.host is not None
        try:
            yield _SmtpConnection(connection.host, self._settings.mail_from)
        finally:
            connection.__exit__(None, None, None)


class _VerifiedConnection(flask_mail.Connection):
    """Flask-Mail's connection with verified certificates and time-outs."""

    def __init__(self, settings: Settings, context: ssl.SSLContext) -> None:
        mail = flask_mail.Mail()
        mail.state = mail.init_mail(
            {
                "MAIL_SERVER": settings.mail_server,
                "MAIL_PORT": settings.mail_port or PORTS[settings.mail_tls],
                "MAIL_USERNAME": settings.mail_username or None,
                "MAIL_PASSWORD": settings.mail_password or None,
                "MAIL_USE_TLS": settings.mail_tls == "starttls",
                "MAIL_USE_SSL": settings.mail_tls == "tls",
            }
        )
        super().__init__(mail)
        self._context = context
        self._timeout = settings.mail_timeout
        # Named, because smtplib would otherwise ask the name service and tell the server this machine's own name.
        self._name = settings.mail_from.rpartition("@")[2]

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt and sign in. Every wait ends after MAIL_TIMEOUT seconds."""
        host = self._connected()
        try:
            if self.mail.use_tls:
                host.starttls(context=self._context)
            if self.mail.username:
                host.login(self.mail.username, self.mail.password or "")
        except BaseException:
            host.close()
            raise
        return host

    def _connected(self) -> smtplib.SMTP:
        server, port = self.mail.server, self.mail.port
        if self.mail.use_ssl:
            return smtplib.SMTP_SSL(server, port, self._name, timeout=self._timeout, context=self._context)
        return smtplib.SMTP(server, port, self._name, timeout=self._timeout)

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self.host is not None:
            with suppress(smtplib.SMTPException, OSError):
                self.host.quit()
            self.host.close()


@dataclass(frozen=True)
class _SmtpConnection:
    """Hands finished messages over and tells apart what concerns the mail and what concerns the connection."""

    host: smtplib.SMTP
    sender: str

    def send(self, message: bytes, recipient: str) -> None:
        options = [] if recipient.isascii() else ["SMTPUTF8"]
        try:
            self.host.sendmail(self.sender, [recipient], message, mail_options=options)
        except smtplib.SMTPRecipientsRefused as error:
            raise _judged(*error.recipients[recipient]) from error
        except smtplib.SMTPSenderRefused as error:
            # About the sender, so about this installation's settings: the mail waits until they are mended.
            raise MailUnavailable(_reply(error.smtp_error), error.smtp_code) from error
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(MAILBOX_NAME_NOT_ALLOWED, "The mail server takes no address outside ASCII.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"{type(error).__name__}: {error}") from error


class FolderTransport:
    """Puts each mail into `folder` as `<id>.eml`: the demonstration's mailbox. Files are whole or absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def connect(self) -> Iterator[MailConnection]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise MailUnavailable(f"{type(error).__name__}: {error}") from error
        yield self

    def send(self, message: bytes, recipient: str) -> None:  # noqa: ARG002
        named = _FILE_ID.match(message_from_bytes(message)["Message-ID"] or "")
        if named is None:
            raise MailRefused(MAILBOX_NAME_NOT_ALLOWED, "The message has no id of this installation.")
        try:
            with NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(message)
            Path(file.name).replace(self._folder / f"{named[1]}.eml")
        except OSError as error:
            raise MailUnavailable(f"{type(error).__name__}: {error}") from error


def transport_for(settings: Settings) -> MailTransport:
    """The mail server of the settings; without one (demo mode only) the folder `mailbox` of the instance."""
    return SmtpTransport(settings) if settings.mail_server else FolderTransport(settings.instance / "mailbox")


def _judged(code: int, text: bytes | str) -> MailRefused | MailUnavailable:
    if 500 <= code < 600:
        return MailRefused(code, _reply(text))
    return MailUnavailable(_reply(text), code, connection_lost=code == SERVICE_NOT_AVAILABLE)


def _reply(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
