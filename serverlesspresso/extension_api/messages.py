"""Text messages by the bar's own provider, and how many of them, and of e-mails, there may be."""

from serverlesspresso.accounts.sms.backends import SmsError, backend
from serverlesspresso.accounts.sms.limits import check as check_sms
from serverlesspresso.accounts.sms.limits import check_mail

__all__ = ["SmsError", "backend", "check_mail", "check_sms"]
