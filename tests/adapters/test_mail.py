"""Handing mails over, to a real mail server and into the demonstration's folder."""

from __future__ import annotations

import ssl
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.settings import make_settings
from tests.support.smtp import SmtpServer
from wizard.adapters.mail import FolderTransport, MailRefused, MailUnavailable, SmtpTransport, transport_for

MESSAGE = b"Message-ID: <abc123@tamaris.example>\r\nSubject: Hello\r\n\r\n.dots stay\r\n"


def transport(tmp_path: Path, port: int, context: ssl.SSLContext | None = None, **settings: object) -> SmtpTransport:
    return SmtpTransport(make_settings(tmp_path, mail_port=port, **settings), context)


def hand_over(over: SmtpTransport | FolderTransport, recipient: str = "lea@people.example") -> None:
    with over.connect() as connection:
        connection.send(MESSAGE, recipient)


def test_a_message_arrives_byte_for_byte(tmp_path: Path, smtp: SmtpServer) -> None:
    hand_over(transport(tmp_path, smtp.port))
    (delivered,) = smtp.delivered
    assert delivered.content == MESSAGE
    assert (delivered.sender, delivered.recipients) == ("access@tamaris.example", ("lea@people.example",))


def test_one_refused_recipient_does_not_stop_the_next_mail(tmp_path: Path, smtp: SmtpServer) -> None:
    smtp.refuse("gone@people.example", "550 5.1.1 No such mailbox")
    with transport(tmp_path, smtp.port).connect() as connection:
        with pytest.raises(MailRefused, match="No such mailbox") as refused:
            connection.send(MESSAGE, "gone@people.example")
        connection.send(MESSAGE, "lea@people.example")
    assert refused.value.code == 550
    assert [each.recipients for each in smtp.delivered] == [("lea@people.example",)]


def test_a_mail_that_is_put_off_leaves_the_connection_usable(tmp_path: Path, smtp: SmtpServer) -> None:
    smtp.answer_next("451 4.3.0 Try again later")
    with transport(tmp_path, smtp.port).connect() as connection:
        with pytest.raises(MailUnavailable) as put_off:
            connection.send(MESSAGE, "lea@people.example")
        connection.send(MESSAGE, "lea@people.example")
    assert (put_off.value.code, put_off.value.connection_lost) == (451, False)
    assert len(smtp.delivered) == 1


def test_a_server_that_closes_down_takes_no_more_mail_over_this_connection(tmp_path: Path, smtp: SmtpServer) -> None:
    smtp.answer_next("421 4.3.2 Closing")
    with pytest.raises(MailUnavailable) as closed:
        hand_over(transport(tmp_path, smtp.port))
    assert closed.value.connection_lost


def test_a_server_that_is_away_is_unavailable(tmp_path: Path, smtp: SmtpServer) -> None:
    smtp.stop()
    with pytest.raises(MailUnavailable):
        hand_over(transport(tmp_path, smtp.port))


def test_a_silent_server_is_given_up_after_the_time_out(tmp_path: Path, silent_port: int) -> None:
    with pytest.raises(MailUnavailable, match=r"(?i)timed? ?out"):
        hand_over(transport(tmp_path, silent_port, mail_timeout=1))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, start_smtp: Callable[..., SmtpServer], security: str
) -> None:
    server = start_smtp(security)
    with pytest.raises(MailUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        hand_over(transport(tmp_path, server.port, mail_tls=security))
    assert server.tried == 0


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_trusted_certificate_carries_the_mail(
    tmp_path: Path, start_smtp: Callable[..., SmtpServer], security: str
) -> None:
    server = start_smtp(security)
    trusting = ssl.create_default_context(cafile=str(server.certificate))
    hand_over(transport(tmp_path, server.port, trusting, mail_tls=security))
    assert len(server.delivered) == 1


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, start_smtp: Callable[..., SmtpServer]) -> None:
    server = start_smtp("starttls")
    trusting = ssl.create_default_context(cafile=str(server.certificate))
    with pytest.raises(MailUnavailable, match=r"(?i)mismatch"):
        hand_over(transport(tmp_path, server.port, trusting, mail_tls="starttls", mail_server="127.1"))


def test_without_the_promised_encryption_nothing_is_sent(tmp_path: Path, smtp: SmtpServer) -> None:
    with pytest.raises(MailUnavailable, match="STARTTLS"):
        hand_over(transport(tmp_path, smtp.port, mail_tls="starttls"))
    assert smtp.tried == 0


def test_wrong_credentials_make_the_mail_wait_and_do_not_refuse_it(tmp_path: Path, smtp: SmtpServer) -> None:
    with pytest.raises(MailUnavailable):
        hand_over(transport(tmp_path, smtp.port, mail_username="perron", mail_password="wrong"))


def test_an_address_outside_ascii_is_handed_over_as_it_is(tmp_path: Path, smtp: SmtpServer) -> None:
    hand_over(transport(tmp_path, smtp.port), "léa@people.example")
    assert smtp.delivered[0].recipients == ("léa@people.example",)


def test_the_folder_holds_whole_files_for_their_owner_only(tmp_path: Path) -> None:
    hand_over(FolderTransport(tmp_path / "mailbox"))
    (file,) = (tmp_path / "mailbox").iterdir()
    assert file.name == "abc123.eml"
    assert file.read_bytes() == MESSAGE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_folder_takes_no_message_whose_id_leads_elsewhere(tmp_path: Path) -> None:
    stranger = MESSAGE.replace(b"abc123", b"../../abc123")
    with FolderTransport(tmp_path / "mailbox").connect() as connection, pytest.raises(MailRefused):
        connection.send(stranger, "lea@people.example")
    assert not list(tmp_path.rglob("*.eml"))


def test_a_folder_that_cannot_be_written_makes_the_mail_wait(tmp_path: Path) -> None:
    (tmp_path / "mailbox").write_text("a file stands in the way", encoding="utf-8")
    with pytest.raises(MailUnavailable):
        hand_over(FolderTransport(tmp_path / "mailbox"))


def test_without_a_mail_server_the_demonstration_writes_below_its_instance(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, mail_server="", demo=True)
    hand_over(transport_for(settings))  # type: ignore[arg-type]
    assert [file.name for file in (settings.instance / "mailbox").iterdir()] == ["abc123.eml"]
