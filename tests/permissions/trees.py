"""What must hold of every tree of agencies, whatever was done to it."""

from collections import Counter

from assets.models import Asset, Collection, Upload
from permissions.models import PATH_SEPARATOR, Agency, ApiToken, Membership


def check_tree() -> None:
    """Every path is the parent's and the own id; so paths are unique and no agency is above itself. Closed agencies
    own nothing."""
    rows = {agency.pk: agency for agency in Agency.objects.all()}
    for agency in rows.values():
        above = rows[agency.parent_id].path if agency.parent_id else ""
        assert agency.path == f"{above}{agency.pk.hex}{PATH_SEPARATOR}", agency.code
        assert agency.depth <= 8
        steps = agency.path.split(PATH_SEPARATOR)[:-1]
        assert len(steps) == len(set(steps))
    assert len({agency.path for agency in rows.values()}) == len(rows)
    closed = [pk for pk, agency in rows.items() if agency.merged_into_id]
    for model in (Asset, Collection, Upload, ApiToken, Membership):
        assert not model.objects.filter(agency__in=closed).exists(), model
    for pk in closed:
        successor = rows[pk].merged_into_id
        assert successor is not None
        assert rows[successor].is_active
        assert not any(agency.parent_id == pk for agency in rows.values())


def possessions() -> Counter[str]:
    """How much there is of everything that may only change hands."""
    return Counter(
        assets=Asset.objects.count(),
        collections=Collection.objects.count(),
        uploads=Upload.objects.count(),
        tokens=ApiToken.objects.count(),
        people=Membership.objects.values("user").distinct().count(),
        agencies=Agency.objects.count(),
        references=Asset.objects.values("reference").distinct().count(),
    )
