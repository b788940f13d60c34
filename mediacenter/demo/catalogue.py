"""Everything that the demo adds, in the order in which it is made: what is quick first."""

from mediacenter.demo.articles import ARTICLES
from mediacenter.demo.bulletins import BULLETINS
from mediacenter.demo.entries import DemoAsset
from mediacenter.demo.infographics import INFOGRAPHICS
from mediacenter.demo.photographs import PHOTOGRAPHS

CATALOGUE: tuple[DemoAsset, ...] = (*ARTICLES, *INFOGRAPHICS, *PHOTOGRAPHS, *BULLETINS)


def first(limit: int | None) -> tuple[DemoAsset, ...]:
    """``limit`` assets of different kinds, or all: turn by turn an article, an infographic, a photo, a recording."""
    if limit is None:
        return CATALOGUE
    groups = [list(group) for group in (INFOGRAPHICS, PHOTOGRAPHS, ARTICLES, BULLETINS)]
    chosen: list[DemoAsset] = []
    while len(chosen) < min(limit, len(CATALOGUE)):
        group = groups.pop(0)
        if group:
            chosen.append(group.pop(0))
            groups.append(group)
    return tuple(chosen)
