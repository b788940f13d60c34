"""The terms that go with a work wherever it is taken, in the reader's language."""

from collections.abc import Iterator

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assets.models import Asset, Licence


def credit_of(asset: Asset) -> str:
    """What must be printed beside the work."""
    return asset.credit_line or asset.source or asset.agency.name_in(get_language() or "vi")


def usage_sentence(asset: Asset) -> str:
    """What whoever uses the work has to know, in a few plain sentences; never empty."""
    return " ".join(_sentences(asset))


def _sentences(asset: Asset) -> Iterator[str]:
    licence = asset.licence_terms
    if licence is None or licence.requires_attribution:
        yield _("Credit: %(credit)s.") % {"credit": credit_of(asset)}
    if licence is not None:
        yield _("Licence: %(licence)s.") % {"licence": licence.name_in(get_language() or "vi")}
        yield from _limits(licence)
    elif asset.licence:
        yield _("Licence: %(licence)s.") % {"licence": asset.licence}
    else:
        yield _("No licence is named: ask the agency before you publish it.")
    if asset.territories:
        yield _("Only for use in: %(where)s.") % {"where": ", ".join(asset.territories)}


def _limits(licence: Licence) -> Iterator[str]:
    if licence.press_only:
        yield _("Press use only.")
    if not licence.allows_alteration:
        yield _("Not to be altered.")
    if not licence.allows_commercial:
        yield _("Not for commercial use.")
    if not licence.allows_redistribution:
        yield _("Not to be passed on.")
