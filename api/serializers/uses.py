from rest_framework import serializers as s

from api.serializers.outputs import AgencyRef, Output
from api.serializers.publications import PublishedWorkOut
from assets.states import UseKind
from assets.uses.graph import COUNTED, MADE, USERS, EdgeKind, NodeKind

SHOWN_IN = [UseKind.EMBED.value, UseKind.MEDIA.value]
TAKEN = [UseKind.DOWNLOAD.value, UseKind.READ.value]


class UseTotalsOut(Output):
    embed = s.IntegerField(help_text="The page for frames, in pages of other sites.")
    media = s.IntegerField(help_text="Public files, in pages of other sites.")
    download = s.IntegerField(help_text="Links to files that were given out.")
    read = s.IntegerField(help_text="Read in full by a token.")


class PageUseOut(Output):
    site = s.CharField(help_text="The host; empty for pages beyond 100 of a work and day.", allow_blank=True)
    path = s.CharField(help_text="Empty where browsers name the site alone.", allow_blank=True)
    agency = AgencyRef(allow_null=True, help_text="Whose registered domain it is.")
    kind = s.ChoiceField(choices=SHOWN_IN)
    uses = s.IntegerField()


class AgencyUseOut(Output):
    agency = AgencyRef(allow_null=True, help_text="Null: the public, and people of several agencies.")
    kind = s.ChoiceField(choices=TAKEN)
    uses = s.IntegerField()


class WorkUseOut(Output):
    id = s.UUIDField()
    reference = s.CharField()
    title = s.CharField(help_text="In the language asked for, else in another.")
    agency = AgencyRef()
    uses = s.IntegerField()


class WorksUsedOut(Output):
    totals = UseTotalsOut()
    works = s.IntegerField(help_text="How many different works were used.")
    top = WorkUseOut(many=True)
    reported = s.IntegerField(help_text="How many publications were reported, by the day they say.")
    publications = PublishedWorkOut(many=True, help_text="Of these the newest 50.")


class SiteUseOut(Output):
    site = s.CharField(help_text="A host.")
    agency = AgencyRef(allow_null=True, help_text="Whose registered domain it is.")
    uses = s.IntegerField()


class TakerOut(Output):
    agency = AgencyRef(allow_null=True, help_text="Null: the public, and people of several agencies.")
    uses = s.IntegerField()


class ReuseOut(Output):
    agency = AgencyRef()
    month = s.CharField(help_text="`YYYY-MM`")
    given = WorksUsedOut(help_text="Works of this agency and of those below it, by whomever.")
    sites = SiteUseOut(many=True, help_text="Which sites show them; at most 50, the most used first, as in all lists.")
    takers = TakerOut(many=True, help_text="Who downloads and reads them.")
    taken = WorksUsedOut(help_text="Works of others, used by this agency and those below it.")


class StatementOut(Output):
    text = s.CharField()
    by = s.CharField(help_text="The person or the program.")
    agency = AgencyRef(allow_null=True, help_text="Null: a person of several agencies, or of none.")
    file = s.CharField(help_text="The profile, the track's file, or `archive`.")
    stated_at = s.DateTimeField()


class UsesOut(Output):
    since = s.DateField()
    totals = UseTotalsOut()
    pages = PageUseOut(many=True)
    agencies = AgencyUseOut(many=True)
    more = s.BooleanField(help_text="Whether there are others, used less.")
    statements = StatementOut(
        many=True, help_text="What downloads were said to be for, where the agency asks; the newest 50."
    )


class ReuseNodeOut(Output):
    id = s.CharField(help_text="Names the node within this answer: `work:…`, `collection:…`, `agency:…`, `site:…`.")
    kind = s.ChoiceField(
        choices=[kind.value for kind in NodeKind],
        help_text="`work` is the one that was asked for, `original` the one that it is a copy of, `others` the public, "
        "people of several agencies and pages too many to tell apart.",
    )
    name = s.CharField(allow_blank=True, help_text="Title, name or host; of `others` empty.")
    reference = s.CharField(allow_null=True, help_text="Of works.")
    url = s.CharField(allow_null=True, help_text="The page of a work or a collection.")
    agency = AgencyRef(
        allow_null=True,
        help_text="Whose work or collection it is; the agency itself; whose registered domain a site is.",
    )


class ReuseEdgeOut(Output):
    start = s.CharField(help_text="The id of a node.")
    end = s.CharField(help_text="The id of a node.")
    kind = s.ChoiceField(
        choices=[kind.value for kind in EdgeKind],
        help_text="What was made: `shown_in`, `collected_in`, `duplicated_as`; how it was used: as in `uses`, and "
        "`published` for publications that an agency reported.",
    )
    uses = s.IntegerField(help_text="How often, of publications how many; 1 of what was made.")


class ReuseGroupOut(Output):
    kind = s.ChoiceField(choices=[kind.value for kind in (*MADE, *USERS)])
    shown = s.IntegerField(help_text="How many are nodes of this answer.")
    count = s.IntegerField(help_text=f"How many there are that you may see, counted up to {COUNTED}.")
    more = s.BooleanField(help_text="Whether there are others, which were not counted.")


class ReuseGraphOut(Output):
    since = s.DateField(help_text="Uses are those from this day on; publications are all.")
    uses_told = s.BooleanField(help_text="Whether you may know who used this work itself.")
    nodes = ReuseNodeOut(many=True, help_text="The work is the first.")
    edges = ReuseEdgeOut(many=True)
    groups = ReuseGroupOut(many=True)
