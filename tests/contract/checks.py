"""Loaded by schemathesis (``SCHEMATHESIS_HOOKS``) in its own process: what else holds for every answer."""

import os

import schemathesis

SECRETS = tuple(os.environ["CONTRACT_SECRETS"].split())


@schemathesis.check
def nothing_leaks(ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """No answer, nor any of its headers, contains a word or an id of an agency that the caller cannot see."""
    said = response.content.decode(errors="replace") + str(response.headers)
    sent = f"{case.path_parameters} {case.query} {case.body} {case.headers}"
    for secret in SECRETS:
        assert secret.lower() not in said.lower() or secret in sent, f"{secret} is told"
