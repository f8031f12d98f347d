"""Send letters by mail (SMTP), one connection a letter: a school sends some hundreds a day."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

from lms.core.settings import Settings
from lms.people.contracts import ChannelBusy, ChannelRefused, Letter
from lms.people.settings import MailSettings

__all__ = ["MailChannel"]

#: Answers of a mail server from here on are final.
PERMANENT = 500


class MailChannel:
    """Plain text over SMTP; on when ``LMS_MAIL_HOST`` and ``LMS_MAIL_SENDER`` are set."""

    name = "mail"

    def is_on(self, settings: Settings) -> bool:
        """Tell whether a mail server and a sender are set."""
        mail = settings.of(MailSettings)
        return bool(mail.host and mail.sender)

    def can_reach(self, letter: Letter) -> bool:
        """Tell whether there is an address that looks like one."""
        return "@" in parseaddr(letter.email)[1]

    def send(self, settings: Settings, letter: Letter) -> None:
        """Hand the letter to the server; its id is the message's id, so that a repeat can be recognised."""
        mail = settings.of(MailSettings)
        try:
            with _connect(mail) as server:
                if mail.user:
                    server.login(mail.user, mail.password)
                server.send_message(_message(mail, letter))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise _failure(min(codes, default=PERMANENT)) from None
        except smtplib.SMTPAuthenticationError as error:
            raise ChannelBusy(f"the mail server refuses our sign-in: {error.smtp_code}") from None
        except smtplib.SMTPResponseException as error:
            raise _failure(error.smtp_code) from None
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelBusy(f"the mail server cannot be reached: {type(error).__name__}") from error
        except ValueError as error:
            raise ChannelRefused(f"the address cannot be used: {type(error).__name__}") from None


def _failure(code: int) -> ChannelBusy | ChannelRefused:
    if code >= PERMANENT:
        return ChannelRefused(f"the mail server answered {code}")
    return ChannelBusy(f"the mail server answered {code}")


def _connect(mail: MailSettings) -> smtplib.SMTP:
    """Return an open connection, encrypted as the settings say; certificates are checked."""
    if mail.security == "tls":
        return smtplib.SMTP_SSL(
            mail.host, mail.port, timeout=mail.timeout_s, context=ssl.create_default_context()
        )
    server = smtplib.SMTP(mail.host, mail.port, timeout=mail.timeout_s)
    if mail.security != "none":
        server.starttls(context=ssl.create_default_context())
    return server


def _message(mail: MailSettings, letter: Letter) -> EmailMessage:
    """Return the letter as mail: plain text, marked as written by a machine."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, letter.email, letter.subject
    message["Date"] = formatdate()
    domain = parseaddr(mail.sender)[1].rpartition("@")[2] or None
    message["Message-ID"] = f"<{letter.id}@{domain}>" if domain else make_msgid()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
