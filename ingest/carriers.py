"""What takes a notice to its address: a mail server, a folder in its place, or a webhook."""

import smtplib
import ssl
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from catalog.domain.accounts import AccountNotice
from catalog.domain.errors import CatalogError
from catalog.domain.subscriptions import AddressGoneError, Channel, NotDeliveredError, Notice
from catalog.formats import mail, webhooks
from catalog.services.networks import Gate
from catalog.settings import Settings
from ingest.fetch import Fetcher

_TIMEOUT = 15.0
#: From here on an answer of SMTP is for good.
_PERMANENT = 500
#: The class of HTTP's answers that say so.
_TAKEN = 2

Carry = Callable[[Any], None]


def carriers(settings: Settings, gate: Gate) -> dict[Channel, Carry]:
    """One for each channel. Each returns once the notice was taken. Webhooks are called where the gate lets them.

    NotDeliveredError: try again; AddressGoneError: never again.
    """
    mails = Mailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else None
    folder = MailFolder(settings.mail_folder, settings.mail_from)
    return {Channel.MAIL: mails or folder, Channel.WEBHOOK: Webhooks(Fetcher(gate))}


class MailFolder:
    """Mails as files: for trying out, and for a mail program that picks them up."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder, self._sender = folder, sender

    def __call__(self, notice: Notice | AccountNotice) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{notice.id}.part"
        try:
            part.write_bytes(mail.message(notice, self._sender).as_bytes())
            part.replace(part.with_suffix(".eml"))
        except OSError as error:
            raise NotDeliveredError(str(error)) from error


class Mailer:
    """A mail server, by ``smtp(s)://user:password@host:port``."""

    def __init__(self, url: str, sender: str) -> None:
        self._url, self._sender = urlsplit(url), sender

    def __call__(self, notice: Notice | AccountNotice) -> None:
        message = mail.message(notice, self._sender)
        try:
            with self._connected() as server:
                self._secure(server)
                server.send_message(message, self._sender, [notice.address])
        except smtplib.SMTPRecipientsRefused as error:
            code, why = next(iter(error.recipients.values()))
            raise (AddressGoneError if code >= _PERMANENT else NotDeliveredError)(f"{code} {why!r}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotDeliveredError(str(error)) from error

    def _connected(self) -> smtplib.SMTP:
        host = self._url.hostname or ""
        if self._url.scheme == "smtps":
            trusted = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, self._url.port or smtplib.SMTP_SSL_PORT, timeout=_TIMEOUT, context=trusted)
        return smtplib.SMTP(host, self._url.port or smtplib.SMTP_PORT, timeout=_TIMEOUT)

    def _secure(self, server: smtplib.SMTP) -> None:
        """A password is never sent in the clear: with one, TLS is a must."""
        server.ehlo()
        if self._url.scheme == "smtp" and (self._url.username or server.has_extn("starttls")):
            server.starttls(context=ssl.create_default_context())
        if self._url.username:
            server.login(unquote(self._url.username), unquote(self._url.password or ""))


class Webhooks:
    """An address that takes events, through the guarded fetcher."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def __call__(self, notice: Notice) -> None:
        body, about = webhooks.event(notice), notice.subscription
        headers = webhooks.signed(about.secret or "", notice.id, notice.at, body)
        try:
            status = self._fetcher.post(about.address, body, headers)
        except CatalogError as error:
            raise NotDeliveredError(str(error)) from error
        if status == HTTPStatus.GONE:
            raise AddressGoneError
        if status // 100 != _TAKEN:
            raise NotDeliveredError(str(status))
