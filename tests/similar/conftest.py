from tests.api.conftest import client_for
from tests.web.conftest import signed_in

__all__ = ["client_for", "signed_in"]
