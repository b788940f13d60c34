"""Failures in the words of the person who uploads, with what to do about them."""

from mediacenter.client.answers import ApiError, ServerUnreachable

_WHAT_TO_DO = {
    "role_too_low": "Ask an administrator of the agency for the role Contributor.",
    "scope_missing": "Make a token that may upload (scope uploads:write and assets:read).",
    "not_signed_in": "Make a new token on your account page.",
    "terms_not_accepted": "Read them and accept them: `mediacenter assets terms AGENCY`, then with `--accept VERSION`.",
    "usage_statement_required": "Say it with `--statement TEXT`.",
    "too_large": "Ask the server's operator to raise the limit.",
}
AGAIN = "Run the same command again: only what is missing is sent."


def explain(error: Exception) -> tuple[str, str]:
    """``(code, sentence)`` for anything that ended the upload of a file."""
    if isinstance(error, ApiError):
        return error.code, " ".join(part for part in (error.sentence(), _WHAT_TO_DO.get(error.code, "")) if part)
    if isinstance(error, ServerUnreachable):
        return "unreachable", f"{error} {AGAIN}"
    if isinstance(error, OSError):
        return "unreadable", f"The file cannot be read ({error.strerror or error})."
    return "failed", str(error)
