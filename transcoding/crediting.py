"""Whom the files made of a picture name: by its agency's policy, in the words that the asset has at this moment."""

from uuid import UUID

from assets.models import Asset, AssetVersion, Licence
from assets.states import Language, TextState
from permissions.inherited import embeds_credits
from permissions.vocabulary import AssetState
from transcoding.pictures.credits import Credits


def credits_of(asset_id: UUID, *, reading: UUID | None = None) -> Credits | None:
    """The words that a run writes into its renditions; None where the agency wants none.

    ``reading``: the version whose file is being read into the asset: what the asset does not say yet is then taken from
    that file, unless it corrects what is published, whose words people have checked. A name that was taken out by an
    editor does not come back with the next crops. A text that no person has read (a machine's translation) is left out.
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
        fills=reading is not None and not _corrects_what_is_published(asset, reading),
    )


def words_of(asset: Asset, version: AssetVersion) -> Credits:
    """What is written into a copy that somebody downloads: the words of this moment, in every language that a person
    has written or read. ``copyright_notice`` is the one that the file came with."""
    read = list(asset.texts.exclude(state=TextState.MACHINE))
    licence, language = asset.licence_terms, asset.original_language
    return Credits(
        reference=asset.reference,
        language=language,
        creator=asset.author,
        credit_line=asset.credit_line,
        source=asset.source,
        copyright_notice=str(version.metadata.get("copyright_notice", "")),
        usage_terms=_terms(licence, language) or asset.licence,
        alt_texts={text.language: text.alt_text for text in read if text.alt_text},
        titles={text.language: text.title for text in read if text.title},
        captions={text.language: text.caption for text in read if text.caption},
        people=asset.people,
        terms={str(each): _terms(licence, each) for each in Language} if licence else {},
        fills=False,
    )


def _corrects_what_is_published(asset: Asset, version_id: UUID) -> bool:
    proposed = AssetVersion.objects.filter(pk=version_id, proposed=True).exists()
    return proposed and asset.state == AssetState.PUBLISHED


def _terms(licence: Licence | None, language: str) -> str:
    """The licence's name, with the address of its text."""
    if licence is None:
        return ""
    names = {Language.EN: licence.name_en, Language.ZH: licence.name_zh}
    name = names.get(Language(language)) or licence.name_vi
    return f"{name}, {licence.url}" if licence.url else name
