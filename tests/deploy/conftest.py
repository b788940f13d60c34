from collections.abc import Iterator

import pytest

from tests.deploy.topology import Topology, running


@pytest.fixture(scope="module", params=[pytest.param("minio", marks=pytest.mark.s3), "folder"])
def topology(request: pytest.FixtureRequest) -> Iterator[Topology]:
    """Everything as deployed, once for each store."""
    with running(request.param) as everything:
        yield everything
