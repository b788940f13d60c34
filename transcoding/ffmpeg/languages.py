"""Languages of sound tracks as players want them: the shortest code, and a name that its speakers know. Pure."""

_SHORT = {  # BCP 47 wants the shortest code; containers carry ISO 639-2
    "vie": "vi",
    "eng": "en",
    "fra": "fr",
    "fre": "fr",
    "zho": "zh",
    "chi": "zh",
    "jpn": "ja",
    "kor": "ko",
    "rus": "ru",
    "spa": "es",
    "deu": "de",
    "ger": "de",
    "lao": "lo",
    "khm": "km",
    "tha": "th",
}
_NAMES = {
    "vi": "Tiếng Việt",
    "en": "English",
    "zh": "中文",
    "fr": "Français",
    "ja": "日本語",
    "ko": "한국어",
    "ru": "Русский",
    "es": "Español",
    "de": "Deutsch",
    "lo": "ລາວ",
    "km": "ខ្មែរ",
    "th": "ไทย",
}
_ROLES = {"description": "audio description", "commentary": "commentary"}


def short_language(language: str) -> str:
    """BCP 47 for an ISO 639 code; empty stays empty."""
    return _SHORT.get(language, language)


def track_name(language: str, *, role: str, number: int) -> str:
    """What a menu shows; no two tracks of one file get the same, for no two have both language and role in common.

    ``number`` counts tracks from 1, the main one.
    """
    known = _NAMES.get(language, language) or ("Main" if number == 1 else f"Track {number}")
    return f"{known} ({_ROLES[role]})" if role else known
