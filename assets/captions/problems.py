"""Why a file of captions cannot be taken, in the words of whoever made it."""

from django.utils.translation import gettext as _

from permissions.errors import Invalid


class CaptionsInvalid(Invalid):
    """``data["line"]`` is the line of the file (from 1), ``data["cue"]`` the number of the cue (from 1), where
    they are known."""

    code = "captions_invalid"


def refusal(sentence: str, *, code: str, line: int = 0, cue: int = 0) -> CaptionsInvalid:
    """The refusal, its sentence headed by the place."""
    if line:
        said = _("Line %(line)d: %(sentence)s") % {"line": line, "sentence": sentence}
        return CaptionsInvalid(said, code=code, line=line, fields={"file": [said]})
    if cue:
        said = _("Cue %(number)d: %(sentence)s") % {"number": cue, "sentence": sentence}
        return CaptionsInvalid(said, code=code, cue=cue, fields={"cues": [said]})
    return CaptionsInvalid(sentence, code=code)
