"""The object store: its own self-test, finding by finding."""

from collections.abc import Iterator

from assets.storage import get_store
from mediacenter.doctor.finding import Finding, ok, problem
from permissions.errors import DomainError


def findings() -> Iterator[Finding]:
    try:
        results = get_store().check()
    except DomainError as error:
        yield problem(
            "store", error.message, "Check STORAGE_URL, and that the store runs and can be reached from here."
        )
        return
    for result in results:
        finding_id = f"store.{result.code}"
        if result.ok:
            yield ok(finding_id, result.message)
        else:
            yield problem(finding_id, result.message, "See docs/storage.md; `storage-init` sets a bucket up.")
