"""The site's own jobs, for Procrastinate. Payloads are ids."""

import logging
from smtplib import SMTPException, SMTPServerDisconnected
from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import get_connection, send_mail
from django.db import OperationalError
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import override
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from assets.changes.renaming import tell_new_names
from assets.harvest.sitemap import cut_into_pages
from assets.models import SavedSearch
from assets.publications.telling import (
    TELL,
    WITHDRAWN,
    ChangeLetter,
    forget_old_letters,
    forget_told,
    letters_of,
    note_told,
    was_told,
)
from assets.queue import WARN_OF_QUOTA
from assets.quota import warning_sentence
from assets.saved.following import follow
from assets.saved.letters import SEND_ALERT, ask_again, ask_for_letter, claim, due_for_letters, letter_of, unclaim
from assets.search.reindexing import reindex
from assets.similar import keep_missing
from mediacenter.web.presentation.mail import alert_mail, change_mail, password_mail, quota_mail
from permissions.idempotency import forget_old_answers
from permissions.models import Agency, User
from permissions.rates import forget_full_buckets
from permissions.usecases.members import administrators_of
from permissions.usecases.sessions import forget_expired_sessions
from permissions.usecases.throttle import forget_old_counts

logger = logging.getLogger(__name__)


@app.task(
    name="mediacenter.send_password_link", queue="notify", retry=RetryStrategy(max_attempts=5, exponential_wait=5)
)
def send_password_link(*, user_id: str, language: str) -> str:
    """Mail a person the link to choose a new password. For an id that nobody has, nothing is sent."""
    user = User.objects.filter(pk=UUID(user_id), is_active=True).first()
    if user is None:
        return "nobody"
    with override(language):
        place = reverse(
            "web:password-reset-confirm",
            kwargs={
                "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
                "token": default_token_generator.make_token(user),
            },
        )
        subject, text = password_mail(name=user.full_name, link=settings.SITE_URL + place)
        send_mail(subject, text, None, [user.email])
    return "sent"


@app.task(name=WARN_OF_QUOTA, queue="notify", retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def send_quota_warning(*, agency_id: str, kinds: list[str]) -> str:
    """Write to those who administer the agency, or where nobody does to those above."""
    agency = Agency.objects.get(pk=UUID(agency_id))
    people = administrators_of(agency)
    with override(settings.LANGUAGE_CODE):
        place = settings.SITE_URL + reverse("web:agency", args=[agency.code])
        subject, text = quota_mail(agency=agency.name_vi, sentences=[warning_sentence(k) for k in kinds], link=place)
        for person in people:
            send_mail(subject, text, None, [person.email])
    return f"{len(people)} letters"


@app.task(name=TELL, queue="notify", pass_context=True, retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def tell_of_change(context: JobContext, *, asset_id: str, agency_id: str, user_id: str, change: str) -> str:
    """Write to who published a work that it was corrected or withdrawn; a run that is repeated goes on with those who
    have no letter yet."""
    letters = letters_of(
        asset_id=UUID(asset_id), agency_id=UUID(agency_id), user_id=UUID(user_id) if user_id else None, change=change
    )
    job = context.job.id or 0
    with override(settings.LANGUAGE_CODE):
        sent = [_send_of_withdrawal(job, each) if change == WITHDRAWN else _send_once(job, each) for each in letters]
    return f"{sum(sent)} letters"


def _send_of_withdrawal(job: int, letter: ChangeLetter) -> bool:
    """Noted after it was sent: who is killed in between sends this one again. Rather twice than not at all, of a
    picture that must not be shown any more."""
    if was_told(job, letter.to):
        return False
    subject, text = change_mail(letter)
    send_mail(subject, text, None, [letter.to.email])
    return note_told(job, letter.to)


def _send_once(job: int, letter: ChangeLetter) -> bool:
    """Noted before it is sent: who is killed in between costs this one. Rather a letter that is missing than the same
    one twice; the work says itself that it was corrected."""
    subject, text = change_mail(letter)
    with get_connection() as server:  # a server that is away is met before the letter is noted
        if not note_told(job, letter.to):
            return False
        try:
            send_mail(subject, text, None, [letter.to.email], connection=server)
        except SMTPServerDisconnected:  # it may have taken the letter
            raise
        except SMTPException:
            forget_told(job, letter.to)
            raise
    return True


@app.periodic(cron="41 * * * *")
@app.task(name="mediacenter.sweep_sign_ins", queue="maintenance", queueing_lock="sweep_sign_ins", priority=-10)
def sweep_sign_ins(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Sessions that are over, counts of old attempts, full rates and answers kept for repeated requests are dropped."""
    counts = forget_old_counts() + forget_full_buckets()
    return f"{forget_expired_sessions()} sessions, {counts} counts, {forget_old_answers()} answers"


@app.periodic(cron="* * * * *")
@app.task(
    name="mediacenter.follow_searches",
    queue="notify",
    queueing_lock="follow_searches",
    lock="follow_searches",
    priority=-5,
)
def follow_searches(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """What is new in saved searches is noted, and letters are asked for where they are due."""
    found = sum(_follow(saved_id) for saved_id in SavedSearch.objects.order_by("id").values_list("id", flat=True))
    letters = [ask_for_letter(user_id) for user_id in due_for_letters()]
    return f"{found} hits, {sum(letter is not None for letter in letters)} letters"


def _follow(saved_id: UUID) -> int:
    """One that cannot be followed is named in the log, and does not keep the others from being followed."""
    try:
        return follow(saved_id)
    except OperationalError:  # the database is away, for all of them
        raise
    except Exception:
        logger.exception("the saved search %s cannot be followed", saved_id)
        return 0


@app.periodic(cron="17 * * * *")
@app.task(name="mediacenter.sweep_letters", queue="maintenance", queueing_lock="sweep_letters", priority=-10)
def sweep_letters(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """What letters were to tell that could not be sent is asked for again, once the mail server is back. What is
    noted of letters long ago is dropped."""
    forget_old_letters()
    return f"{ask_again()} letters"


@app.task(name=SEND_ALERT, queue="notify", retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def send_search_alert(*, letter_id: str) -> str:
    """Write what is new to the person, by their rights of this moment. A run that was killed after it began to send is
    not repeated: rather a letter that is missing than the same one twice; the page tells of it anyway."""
    letter = letter_of(UUID(letter_id))
    if letter is None:
        claim(UUID(letter_id))  # there is nothing to try again
        return "nothing"
    with override(letter.language):
        subject, text = alert_mail(letter)
    with get_connection() as server:  # a server that is away is met before the letter is claimed
        if not claim(UUID(letter_id)):
            return "nothing"
        try:
            send_mail(subject, text, None, [letter.to.email], connection=server)
        except SMTPServerDisconnected:  # it may have taken the letter
            raise
        except SMTPException:
            unclaim(UUID(letter_id))
            raise
    return "sent"


@app.periodic(cron="*/15 * * * *")
@app.task(name="mediacenter.cut_sitemap", queue="maintenance", queueing_lock="cut_sitemap", priority=-10)
def cut_sitemap(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """The sitemap's pages are cut anew where what the public sees has changed."""
    return f"{cut_into_pages()} pages"


@app.periodic(cron="* * * * *")
@app.task(name="mediacenter.tell_new_names", queue="maintenance", queueing_lock="tell_new_names", priority=-10)
def tell_of_new_names(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Works of agencies that were renamed are told of as changed."""
    return f"{tell_new_names()} works"


ENTRIES_A_RUN = 50_000


@app.periodic(cron="*/10 * * * *")
@app.task(name="mediacenter.write_search_entries", queue="maintenance", queueing_lock="search_entries", priority=-10)
def write_search_entries(timestamp: int) -> str:  # noqa: ARG001 - Procrastinate passes it
    """Assets from before the search had entries, or had these, get theirs, and their pictures their fingerprints."""
    return f"{reindex(most=ENTRIES_A_RUN)} entries, {keep_missing(most=ENTRIES_A_RUN)} fingerprints"
