"""E-mail by SMTP, with the standard library in a thread: a few messages a minute are no reason for a dependency."""

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal, NamedTuple

from sinks.channels.base import ChannelDown, ChannelMisconfigured, MessageRefused, Outgoing

TIMEOUT_S = 20.0
FAILURES: tuple[tuple[type[Exception], str], ...] = (  # the first that fits
    (ssl.SSLCertVerificationError, "the server's certificate is not trusted"),
    (ssl.SSLError, "no encrypted connection: check the port and `security`"),
    (smtplib.SMTPNotSupportedError, "the server cannot do what `security` or `user` asks for"),
    (smtplib.SMTPServerDisconnected, "the server hung up"),
    (TimeoutError, "the server took too long"),
    (ConnectionRefusedError, "no connection: check the host and the port"),
    (socket.gaierror, "the host is not known"),
    (OSError, "the connection broke"),
)
BUSY = range(400, 500)


class Server(NamedTuple):
    """Where mail is handed in. `security` says how: TLS from the start, STARTTLS, or none (only on this machine)."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str = ""
    password: str = ""


class MailChannel:
    """One mail a message, to the addresses of its target. `Message-ID` is derived, so that servers know a repeat."""

    personal = True
    digests = True

    def __init__(
        self, server: Server, sender: str, addresses: Mapping[str, Sequence[str]], per_minute: int = 60
    ) -> None:
        self.per_minute = per_minute
        self._server = server
        self._sender = sender
        self._addresses = addresses

    def reaches(self, recipient: str) -> bool:
        """See `Channel`."""
        return recipient in self._addresses

    async def send(self, message: Outgoing, now: int) -> None:
        """See `Channel`. Raises MessageRefused for a target without an address, too."""
        to = self._addresses.get(message.target)
        if not to:
            raise MessageRefused("no address is configured for the recipient")
        await asyncio.to_thread(self._hand_in, self.mail(message, to, now), list(to))

    def mail(self, message: Outgoing, to: Sequence[str], now: int) -> EmailMessage:
        """Return the mail; line breaks in a title cannot become headers."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self._sender, ", ".join(to)
        mail["Subject"] = " ".join(message.title.split())[:200]
        mail["Date"] = formatdate(now / 1000)
        mail["Message-ID"] = f"<{message.id}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail

    def _hand_in(self, mail: EmailMessage, to: list[str]) -> None:
        try:
            with self._connection() as server:
                if self._server.user:
                    server.login(self._server.user, self._server.password)
                server.send_message(mail, self._sender, to)
        except smtplib.SMTPAuthenticationError as error:
            raise ChannelMisconfigured(f"SMTP {error.smtp_code}: authentication refused") from error
        except smtplib.SMTPSenderRefused as error:
            _raise(error.smtp_code, "sender refused", ChannelMisconfigured)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            _raise(min(codes), "recipients refused", MessageRefused)
        except smtplib.SMTPResponseException as error:
            _raise(error.smtp_code, "refused", MessageRefused)
        except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
            raise ChannelMisconfigured(_said(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelDown(_said(error)) from error

    def _connection(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        if server.security == "starttls":
            connection.starttls(context=context)
        return connection


def _said(error: Exception) -> str:
    """Return in words how a mail server failed, without its address, and with the error's name."""
    words = next((words for kind, words in FAILURES if isinstance(error, kind)), "the mail could not be handed in")
    return f"{words} ({type(error).__name__})"


def _raise(code: int, what: str, otherwise: type[Exception]) -> None:
    why = f"SMTP {code}: {what}"
    if code in BUSY:
        raise ChannelDown(why)
    raise otherwise(why)
