"""The parity gate: what an agency wants said, in which languages, before something reaches an audience."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets.models import Asset, AssetText, ParityPolicy
from assets.states import Kind, Language, TextState
from permissions.errors import Conflict
from permissions.models import PATH_SEPARATOR, Agency

FIELDS_OF: Mapping[str, frozenset[str]] = {
    Kind.PHOTO: frozenset({"title", "caption", "alt_text"}),
    Kind.INFOGRAPHIC: frozenset({"title", "caption", "alt_text", "body"}),
    Kind.VIDEO: frozenset({"title", "caption", "alt_text"}),
    Kind.AUDIO: frozenset({"title", "caption"}),
    Kind.ARTICLE: frozenset({"title", "caption", "body"}),
}
"""What can be said of each kind: a recording needs no text alternative to a picture."""
REQUIRABLE = ("title", "caption", "alt_text", "body")
FIELD_LABELS = {
    "title": gettext_lazy("Title"),
    "caption": gettext_lazy("Caption"),
    "alt_text": gettext_lazy("Text alternative"),
    "body": gettext_lazy("Text"),
}


class TextsMissing(Conflict):
    """The agency's policy asks for texts that are not there; ``data["missing"]`` lists them. HTTP: 409."""

    code = "texts_missing"


@dataclass(frozen=True, kw_only=True)
class Missing:
    """``why``: ``empty``, or ``machine`` or ``stale`` where there are words that nobody stands for."""

    language: str
    field: str
    why: str


def policy_for(agency: Agency) -> ParityPolicy | None:
    """The agency's own policy, or that of the nearest agency above that has one."""
    ids = [part for part in agency.path.split(PATH_SEPARATOR) if part]
    return ParityPolicy.objects.filter(agency_id__in=ids).select_related("agency").order_by("-agency__path").first()


def missing_for(asset: Asset, *, audience: str | None = None) -> tuple[Missing, ...]:
    """What is missing before the asset may reach ``audience`` (its own where none is given)."""
    policy = policy_for(asset.agency)
    if policy is None:
        return ()
    wanted: Mapping[str, list[str]] = policy.requirements.get(str(audience or asset.audience), {})
    texts = {text.language: text for text in AssetText.objects.filter(asset=asset)} if wanted else {}
    return tuple(
        gap
        for language in Language.values
        for gap in _gaps(texts.get(language), language, wanted.get(language, []), FIELDS_OF[asset.kind])
    )


def require_parity(asset: Asset) -> None:
    """Raise :class:`TextsMissing` unless everything is said that the policy asks for. Publishing calls it."""
    missing = missing_for(asset)
    if missing:
        labels = ", ".join(f"{Language(gap.language).label}: {FIELD_LABELS[gap.field]}" for gap in missing)
        sentence = _("Texts are missing for this audience: %(list)s.") % {"list": labels}
        raise TextsMissing(sentence, missing=[asdict(gap) for gap in missing])


def _gaps(text: AssetText | None, language: str, fields: list[str], possible: frozenset[str]) -> Iterator[Missing]:
    for name in REQUIRABLE:
        if name not in fields or name not in possible:
            continue
        if text is None or not getattr(text, name):
            yield Missing(language=language, field=name, why="empty")
        elif text.state in {TextState.MACHINE, TextState.STALE}:
            yield Missing(language=language, field=name, why=text.state)
