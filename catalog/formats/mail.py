"""A notice as an e-mail: plain text, with the headers by which mail programs end a subscription (RFC 8058)."""

from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy

from catalog.domain.accounts import AccountNotice
from catalog.domain.subscriptions import Matter, Notice
from catalog.formats import account_mail
from catalog.formats.searches import subject
from catalog.language import translate


class _Whole(UnstructuredHeader):
    """Python's own folding would encode a long address as if it were Chinese; receivers look for it as it is."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # of the class it is mixed into


def _policy() -> Policy:
    headers = HeaderRegistry()
    headers.map_to_type("list-unsubscribe", _Whole)  # type: ignore[arg-type]  # the registry mixes it into one
    return SMTP.clone(header_factory=headers)


_POLICY = _policy()


def message(notice: Notice | AccountNotice, sender: str) -> EmailMessage:
    """The mail; the same notice always has the same Message-ID."""
    return _of_account(notice, sender) if isinstance(notice, AccountNotice) else _of_subscription(notice, sender)


def _of_subscription(notice: Notice, sender: str) -> EmailMessage:
    subscription = notice.subscription
    mail = _begun(notice, sender, f"{notice.id}.{subscription.id[:8]}", _subject(notice))
    mail["List-Unsubscribe"] = f"<{notice.end}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return _ended(mail, _lines(notice), subscription.language)


def _of_account(notice: AccountNotice, sender: str) -> EmailMessage:
    mail = _begun(notice, sender, notice.id, account_mail.subject(notice))
    return _ended(mail, account_mail.lines(notice), notice.language)


def _begun(notice: Notice | AccountNotice, sender: str, message_id: str, subject: str) -> EmailMessage:
    mail = EmailMessage(_POLICY)
    mail["From"] = Address("数源 Shuyuan", addr_spec=sender)
    mail["To"] = Address(addr_spec=notice.address)
    mail["Subject"] = subject
    mail["Date"] = notice.at
    mail["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def _ended(mail: EmailMessage, lines: list[str], language: str) -> EmailMessage:
    mail.set_content("\n".join(lines) + "\n")
    mail["Content-Language"] = language
    return mail


def _subject(notice: Notice) -> str:
    language, subject = notice.subscription.language, _searched(notice)
    if notice.matter is Matter.CONFIRMATION:
        return translate("Please confirm: news of {subject}", language, subject=subject)
    return translate("{total} new: {subject}", language, total=notice.total, subject=subject)


def _lines(notice: Notice) -> list[str]:
    return _asking(notice) if notice.matter is Matter.CONFIRMATION else _telling(notice)


def _asking(notice: Notice) -> list[str]:
    language = notice.subscription.language
    return [
        translate(
            "Somebody, you we hope, asked us to tell this address of new records: {subject}",
            language,
            subject=_searched(notice),
        ),
        notice.results,
        "",
        translate("If you want that, open this address within three days and confirm:", language),
        notice.confirm or "",
        "",
        translate("If not, do nothing: no news will be sent, and the address will be forgotten.", language),
    ]


def _telling(notice: Notice) -> list[str]:
    language = notice.subscription.language
    records = [
        line
        for record in notice.records
        for line in (" · ".join(filter(None, (record["title"], record["publisher"]))), f"  {record['url']}")
    ]
    return [
        *records,
        "",
        translate("All results:", language),
        notice.results,
        "",
        translate("No more of this:", language),
        notice.end,
    ]


def _searched(notice: Notice) -> str:
    return subject(notice.subscription) or translate("the whole catalog", notice.subscription.language)
