"""The words of mails: subject and plain text."""

from django.conf import settings
from django.utils.translation import gettext as _


def password_mail(*, name: str, link: str) -> tuple[str, str]:
    """The link to choose a new password."""
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    parts = (
        _("Hello %(name)s,") % {"name": name},
        _("somebody asked for a new password for your account. If it was you, open this page and choose one:"),
        link,
        _("The page works once, within %(minutes)d minutes. If it was not you, do nothing: your password stays.")
        % {"minutes": minutes},
    )
    return _("A new password for the Media Center"), "\n\n".join(parts) + "\n"
