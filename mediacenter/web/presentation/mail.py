"""The words of mails: subject and plain text."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from api.presenters import display_title
from api.presenters_base import asset_page
from assets.publications.telling import WITHDRAWN, ChangeLetter
from assets.saved.letters import Letter, News


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


def quota_mail(*, agency: str, sentences: list[str], link: str) -> tuple[str, str]:
    """The soft limit of an agency is reached."""
    parts = (
        _("%(agency)s has reached the soft limit of its quota:") % {"agency": agency},
        "\n".join(sentences),
        _("At the hard limit uploads are refused. Use and quota are on the agency's page:"),
        link,
    )
    subject = _("Media Center: %(agency)s nears its quota") % {"agency": agency}
    return " ".join(subject.split()), "\n\n".join(parts) + "\n"


def alert_mail(letter: Letter) -> tuple[str, str]:
    """What is new in saved searches."""
    count = sum(news.count for news in letter.news)
    parts = (
        _("Hello %(name)s,") % {"name": letter.to.full_name},
        *(_told(news) for news in letter.news),
        _("You asked for these letters. Change that here:"),
        settings.SITE_URL + reverse("web:searches"),
    )
    return _("New in your saved searches: %(count)d") % {"count": count}, "\n\n".join(parts) + "\n"


def change_mail(letter: ChangeLetter) -> tuple[str, str]:
    """A work that the reader published was corrected or withdrawn."""
    said = {"reference": letter.reference}
    if letter.change == WITHDRAWN:
        subject = _("Withdrawn: %(reference)s") % said
        sentence = _("%(reference)s, which you published, was withdrawn. Please take it down:") % said
    else:
        subject = _("Corrected: %(reference)s") % said
        sentence = _("%(reference)s, which you published, was corrected. Please show the present version:") % said
    more = letter.count - len(letter.named)
    lines = [f"- {one}" for one in letter.named]
    if more:
        lines.append(_("and %(count)d more") % {"count": more})
    parts = (
        _("Hello %(name)s,") % {"name": letter.to.full_name},
        sentence,
        "\n".join(lines),
        asset_page(letter.asset_id),
    )
    return subject, "\n\n".join(parts) + "\n"


def _told(news: News) -> str:
    lines = [f"{news.search.name} ({news.count})"]
    lines += [f"- {' '.join(display_title(asset).split())}\n  {asset_page(asset.pk)}" for asset in news.assets]
    return "\n".join(lines)
