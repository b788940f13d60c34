"""The words that the pages' JavaScript shows, translated and handed over as JSON. It fills ``{name}`` in itself."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def player_strings() -> dict[str, str]:
    return {
        "automatic": _("Automatic"),
        "automaticAt": _("Automatic ({height}p)"),
        "height": _("{height}p"),
        "failed": _("This cannot be played at the moment. Check the connection and try again."),
        "playing": _("Playing"),
        "paused": _("Paused"),
        "muted": _("Sound off"),
        "unmuted": _("Sound on"),
        "captionsOn": _("Captions on"),
        "captionsOff": _("Captions off"),
        "position": _("{time} of {duration}"),
        "preview": _("Preview pictures"),
    }


def progress_strings() -> dict[str, str]:
    return {
        "received": _("Received; waiting to be checked"),
        "processing": _("Being processed: {percent} %"),
        "ready": _("Ready"),
        "rejected": _("Rejected: {message}"),
        "expected": _("Expected to be ready: {date}"),
        "expectedUnknown": _("When it will be ready is not known."),
        "unserved": _("At the moment no worker takes files of this kind. The operator has to start one."),
        "ahead": _("Files that go before it: {count}"),
    }


def asset_strings() -> dict[str, str]:
    return {
        **player_strings(),
        **progress_strings(),
        "playable": _("The first {time} can be watched already ({percent} %)."),
    }


def upload_strings() -> dict[str, str]:
    return {
        **progress_strings(),
        "waiting": _("Waiting"),
        "checking": _("Reading the file…"),
        "sending": _("{sent} of {size} · {percent} %"),
        "resumed": _("Continued: {sent} of {size} had already arrived."),
        "retrying": _("Connection lost. Trying again in {seconds} s."),
        "offline": _("No connection. It goes on by itself when the network is back."),
        "paused": _("Paused at {percent} %"),
        "completing": _("Finishing…"),
        "cancelled": _("Cancelled"),
        "failed": _("Failed: {message}"),
        "unreadable": _("The file cannot be read any more. Was it moved or changed? Choose it again."),
        "empty": _("The file is empty."),
        "duplicate": _("This file is already in the library:"),
        "duplicateOpen": _("Open {reference}"),
        "uploadAnyway": _("Upload anyway"),
        "pause": _("Pause"),
        "resume": _("Resume"),
        "cancel": _("Cancel"),
        "retry": _("Try again"),
        "open": pgettext("verb", "Open"),
        "remove": _("Remove from this list"),
        "of": _("{action}: {name}"),
        "unfinished": _("{name} ({size}) is not complete. Choose the same file again to continue."),
        "summary": _("{ready} of {total} ready"),
        "added": _("{count} files added"),
    }
