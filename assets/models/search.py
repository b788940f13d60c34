"""What the search asks: one narrow row for each asset, and the terms that are offered while somebody types."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Lookup

from assets.models.asset import Asset


@SearchVectorField.register_lookup
class Holds(Lookup):
    """``vector__holds="'ha' & 'noi'"``: a query of lexemes as they are, which no configuration takes apart again."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        if hasattr(self.rhs, "resolve_expression") or hasattr(self.rhs, "as_sql"):
            right, more = self.process_rhs(compiler, connection)
            return f"{left} @@ ({right})::tsquery", (*parameters, *more)
        return f"{left} @@ %s::tsquery", (*parameters, self.rhs)


class SearchEntry(models.Model):
    """The words of one asset; ``assets/search/analysis.py`` says what they are made of.

    ``found`` holds every lexeme without place or weight and is what the index has; ``ranked`` has their weights, and
    ``words`` the folded words in their order, which phrases are compared with. ``analysis``: the number of the analysis
    that made it, so that a re-index knows what is left to do.
    """

    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, primary_key=True, related_name="entry")
    found = SearchVectorField()
    ranked = SearchVectorField()
    words = models.TextField()
    analysis = models.PositiveSmallIntegerField()

    class Meta:
        indexes = (GinIndex(fields=("found",), name="entry_found", fastupdate=False),)

    def __str__(self) -> str:
        return str(self.asset_id)


class SearchTerm(models.Model):
    """A word or a phrase that some asset says. It is offered to those who see an asset that holds ``needs``.

    ``near``: the folded word, and it with one letter left out, for words with an error (SymSpell, W. Garbe 2012).
    """

    class Sort(models.IntegerChoices):
        PHRASE = 0
        WORD = 1

    id = models.BigAutoField(primary_key=True)
    text = models.CharField(max_length=100)
    folded = models.CharField(max_length=100)
    sort = models.PositiveSmallIntegerField(choices=Sort)
    needs = models.TextField()
    near = ArrayField(models.CharField(max_length=100), default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("text", "sort"), name="term_once"),)
        indexes = (
            models.Index(OpClass(F("folded"), name="varchar_pattern_ops"), name="term_prefix"),
            GinIndex(fields=("near",), name="term_near", fastupdate=False),
            GinIndex(fields=("folded",), name="term_trgm", opclasses=("gin_trgm_ops",), fastupdate=False),
        )

    def __str__(self) -> str:
        return self.text
