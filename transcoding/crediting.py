"""Whom the files made of a picture name: by its agency's policy, in the words that the asset has at this moment."""

from uuid import UUID

from assets.models import Asset, Licence
from assets.states import Language, TextState
from permissions.inherited import embeds_credits
from transcoding.pictures.credits import Credits


def credits_of(asset_id: UUID) -> Credits | None:
    """The words that a run writes into its renditions; None where the agency wants none.

    What the asset does not say yet is taken from the file by the run itself. A text that no person has read (a
    machine's translation) is left out.
    """
    asset = Asset.objects.select_related("agency", "licence_terms").get(pk=asset_id)
    if not embeds_credits(asset.agency.path):
        return None
    read = asset.texts.exclude(state=TextState.MACHINE).exclude(alt_text="")
    return Credits(
        reference=asset.reference,
        language=asset.original_language,
        creator=asset.author,
        credit_line=asset.credit_line,
        source=asset.source,
        usage_terms=_terms(asset.licence_terms, asset.original_language) or asset.licence,
        alt_texts=dict(read.values_list("language", "alt_text")),
    )


def _terms(licence: Licence | None, language: str) -> str:
    """The licence's name, with the address of its text."""
    if licence is None:
        return ""
    names = {Language.EN: licence.name_en, Language.ZH: licence.name_zh}
    name = names.get(Language(language)) or licence.name_vi
    return f"{name}, {licence.url}" if licence.url else name
