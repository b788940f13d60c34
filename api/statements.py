"""The header in which a caller says what a download is for."""

from urllib.parse import unquote

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from assets.usecases.downloads_admit import HEADER
from permissions.errors import Invalid

USAGE_STATEMENT = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="What the file is for, in 3 to 500 characters, where the agency of the work asks for it "
    "(403 `usage_statement_required`): UTF-8, percent-encoded or as it is. Kept with the download and shown to the "
    "agency, with your name. Passed over where nobody asks.",
)


def statement_of(request: Request) -> str:
    """The words of ``Usage-Statement``, empty without one. A header, not in the address: no link of another site
    can put words into somebody's mouth, and no log of addresses has them."""
    raw: str = request.headers.get(HEADER, "")
    try:
        return unquote(raw.encode("latin-1").decode(), errors="strict")  # WSGI hands headers over as Latin-1 (PEP 3333)
    except UnicodeError:
        sentence = "Usage-Statement is to be UTF-8, best percent-encoded."
        raise Invalid(sentence, fields={HEADER: [sentence]}) from None
