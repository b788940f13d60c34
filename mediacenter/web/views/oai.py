"""The address that harvesters ask. It answers everybody alike: no cookie and no token opens anything here."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from api.oai.answers import answer
from api.oai.protocol import parse
from api.territory import territory_of
from api.throttling import refuse_busy_stranger
from mediacenter.middleware import client_address


@csrf_exempt  # it changes nothing, and knows nobody
@require_http_methods(["GET", "POST"])
def harvest(request: HttpRequest) -> HttpResponse:
    """OAI-PMH 2.0. Errors of the protocol are answered with 200, as it wants; 503 with ``Retry-After`` for who asks too
    often (section 3.1.2.2)."""
    refused = refuse_busy_stranger(client_address(request) or "")
    if refused is not None:
        return refused
    said = request.POST if request.method == "POST" else request.GET
    body = answer(lambda: parse(dict(said.lists())), territory=territory_of(request))
    return HttpResponse(body, content_type="text/xml; charset=utf-8", headers={"Cache-Control": "no-store"})
