"""The graph of reuse: what was made of a work and who used it, as far as each reader may know."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assets.access import get_visible
from assets.models import ArticleReference, Asset, Collection, Publication, UseCount
from assets.states import Kind, Medium, UseKind
from assets.uses.graph import COUNTED, MOST_NODES, Graph, NodeKind, reuse_graph
from mediacenter.web.presentation.reuse import FITTING, fitting, reuse_shown
from permissions.actor import ANONYMOUS, Actor
from permissions.models import Agency
from permissions.vocabulary import AssetState, Audience, Role
from tests.api.conftest import bearer
from tests.factories import (
    actor_in,
    make_agency,
    make_asset,
    make_collection,
    make_member,
    make_ready_asset,
    make_text,
    make_token,
)
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db


def article_of(work: Asset, agency: Agency, title: str, *, public: bool = True) -> Asset:
    state = {"state": AssetState.PUBLISHED, "audience": Audience.PUBLIC} if public else {}
    made = make_asset(agency=agency, kind=Kind.ARTICLE, **state)
    make_text(made, title=title)
    for position, language in enumerate(("vi", "en"), start=1):
        ArticleReference.objects.create(article=made, asset=work, language=language, position=position)
    return made


def count(asset: Asset, kind: UseKind, uses: int, *, days: int = 0, agency: Agency | None = None, **more: str) -> None:
    day = timezone.localdate() - timedelta(days=days)
    UseCount.objects.create(asset=asset, day=day, kind=kind, uses=uses, agency=agency, **more)


def report(asset: Asset, agency: Agency, url: str) -> None:
    Publication.objects.create(
        asset=asset, agency=agency, medium=Medium.WEB, url=url, site="x.vn", published_on=timezone.localdate()
    )


def graph_for(reader: Actor, work: Asset, **how: Any) -> Graph:
    return reuse_graph(get_visible(reader, work.pk), reader=reader, **how)


def named(graph: Graph) -> set[tuple[str, str, str, int]]:
    """The edges by what people call their ends."""
    names = {
        node.id: node.asset.reference
        if node.asset
        else node.collection.title
        if node.collection
        else node.site or (node.agency.code if node.agency else "others")
        for node in graph.nodes
    }
    return {(names[edge.start], edge.kind.value, names[edge.end], edge.uses) for edge in graph.edges}


def test_the_graph_leads_from_the_work_over_what_was_made_of_it_to_who_used_both(
    work: Asset, owner: Agency, paper: Agency
) -> None:
    article = article_of(work, owner, "Cây cầu trăm tuổi")
    copy = make_ready_asset(agency=owner, duplicate_of=work)
    album = make_collection(work, agency=owner, title="Hà Nội")
    for days in (0, 1, 100):
        count(work, UseKind.EMBED, 2, days=days, site="bao.vn", page=f"/{days}")
    count(work, UseKind.DOWNLOAD, 3, agency=paper)
    count(work, UseKind.READ, 1)
    count(article, UseKind.EMBED, 5, site="moh.gov.vn", agency=paper)
    report(article, paper, "https://bao.vn/1")
    report(article, paper, "https://bao.vn/2")
    graph = graph_for(actor_in(owner), work)
    assert graph.uses_told
    assert named(graph) == {
        (work.reference, "shown_in", article.reference, 1),
        (work.reference, "duplicated_as", copy.reference, 1),
        (work.reference, "collected_in", album.title, 1),
        (work.reference, "embed", "bao.vn", 4),
        (work.reference, "download", "TTX", 3),
        (work.reference, "read", "others", 1),
        (article.reference, "embed", "moh.gov.vn", 5),
        (article.reference, "published", "TTX", 2),
    }
    (site,) = [node for node in graph.nodes if node.site == "moh.gov.vn"]
    assert site.agency == paper
    seen_from_copy = named(graph_for(actor_in(owner), copy))
    assert (work.reference, "duplicated_as", copy.reference, 1) in seen_from_copy


def test_what_a_reader_may_not_see_is_no_node_and_in_no_number(work: Asset, owner: Agency, paper: Agency) -> None:
    shown = article_of(work, owner, "Công khai")
    article_of(work, owner, "Bản nháp", public=False)
    make_ready_asset(agency=owner, duplicate_of=work)
    make_collection(work, agency=owner, title="Mật")
    count(work, UseKind.EMBED, 2, site="bao.vn")
    report(work, paper, "https://bao.vn/1")
    report(work, owner, "https://vgp.vn/1")
    outsider = graph_for(actor_in(make_agency(), Role.AGENCY_ADMIN), work)
    stranger = graph_for(ANONYMOUS, work)
    for graph in (outsider, stranger):
        assert named(graph) == {(work.reference, "shown_in", shown.reference, 1)}
        assert {group.kind: (group.count, group.more) for group in graph.groups} == {
            NodeKind.ARTICLE: (1, False),
            NodeKind.DUPLICATE: (0, False),
            NodeKind.COLLECTION: (0, False),
            NodeKind.AGENCY: (0, False),
            NodeKind.SITE: (0, False),
        }
        assert not graph.uses_told
    reporter = graph_for(actor_in(paper, Role.VIEWER), work)
    assert (work.reference, "published", "TTX", 1) in named(reporter)
    assert "VGP" not in {end for _, _, end, _ in named(reporter)}


def test_uses_of_an_article_are_told_to_its_own_people_alone(work: Asset, owner: Agency, paper: Agency) -> None:
    article = article_of(work, paper, "Của báo")
    count(article, UseKind.EMBED, 7, site="bao.vn")
    count(work, UseKind.EMBED, 1, site="vgp.vn")
    theirs, ours = graph_for(actor_in(paper), work), graph_for(actor_in(owner), work)
    assert (article.reference, "embed", "bao.vn", 7) in named(theirs)
    assert {node.site for node in theirs.nodes} == {"", "bao.vn"}
    assert {node.site for node in ours.nodes} == {"", "vgp.vn"}


def test_many_are_cut_and_counted_up_to_a_bound(work: Asset, owner: Agency) -> None:
    articles = [article_of(work, owner, f"Bài {number}") for number in range(MOST_NODES + 2)]
    for number in range(COUNTED + 1):
        count(work, UseKind.EMBED, number + 1, site=f"s{number}.vn")
    reader = actor_in(owner)
    graph = graph_for(reader, work)
    groups = {group.kind: group for group in graph.groups}
    assert (groups[NodeKind.ARTICLE].left_out, groups[NodeKind.ARTICLE].more) == (2, False)
    assert [node.asset for node in graph.nodes if node.kind == NodeKind.ARTICLE] == articles[:1:-1]
    assert (groups[NodeKind.SITE].count, groups[NodeKind.SITE].more) == (COUNTED, True)
    busiest = [node.site for node in graph.nodes if node.kind == NodeKind.SITE]
    assert busiest == [f"s{number}.vn" for number in range(COUNTED, COUNTED - MOST_NODES, -1)]
    ends = {node.id for node in graph.nodes}
    assert all({edge.start, edge.end} <= ends for edge in graph.edges)
    for _ in range(COUNTED):
        article_of(work, owner, "Thêm")
    more = {group.kind: group for group in graph_for(reader, work).groups}[NodeKind.ARTICLE]
    assert (more.count, more.more) == (COUNTED, True)


def test_of_more_articles_than_are_weighed_the_newest_are(
    work: Asset, owner: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = [article_of(work, owner, f"Bài {number}") for number in range(4)]
    monkeypatch.setattr("assets.uses.graph.WEIGHED", 2)
    with CaptureQueriesContext(connection) as asked:
        graph = graph_for(actor_in(owner), work)
    assert [node.asset for node in graph.nodes if node.kind == NodeKind.ARTICLE] == articles[:1:-1]
    (weighed,) = [query["sql"] for query in asked if "DISTINCT" in query["sql"]]
    assert "JOIN" not in weighed.partition("assets_articlereference")[2].partition("LIMIT 2")[0]


def test_the_number_of_queries_does_not_depend_on_the_work(work: Asset, owner: Agency, paper: Agency) -> None:
    reader = actor_in(owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            graph_for(reader, work)
        return len(asked)

    def grow(number: int) -> None:
        article = article_of(work, paper if number % 2 else owner, f"Bài {number}")
        make_collection(work, agency=owner, title=f"Album {number}")
        make_ready_asset(agency=owner, duplicate_of=work)
        count(article, UseKind.EMBED, 1, site="bao.vn", agency=paper)
        count(article, UseKind.READ, 1, agency=paper)
        report(article, paper, f"https://bao.vn/{number}")

    grow(0)
    few = queries()
    for number in range(1, 8):
        grow(number)
    assert queries() == few <= 20


def test_the_api_names_nodes_edges_and_what_is_left_out(work: Asset, owner: Agency, paper: Agency) -> None:
    article = article_of(work, owner, "Cây cầu trăm tuổi")
    count(work, UseKind.DOWNLOAD, 3, agency=paper, days=20)
    path = f"/api/v1/assets/{work.pk}/reuse"
    client = bearer(make_token(user=make_member(owner, Role.CONTRIBUTOR))[1])
    said = client.get(path).json()
    assert [(node["kind"], node["name"]) for node in said["nodes"]] == [
        ("work", "Cầu Long Biên"),
        ("article", "Cây cầu trăm tuổi"),
        ("agency", paper.name_in("vi")),
    ]
    assert said["edges"][0] == {
        "start": f"work:{work.pk}", "end": f"work:{article.pk}", "kind": "shown_in", "uses": 1
    }  # fmt: skip
    assert said["groups"][0] == {"kind": "article", "shown": 1, "count": 1, "more": False}
    assert [edge["kind"] for edge in client.get(f"{path}?days=7").json()["edges"]] == ["shown_in"]
    assert client.get(f"{path}?days=401").status_code == 400
    assert client.get(f"{path}?depth=2").status_code == 400
    assert Client().get(path).json()["uses_told"] is False
    Asset.objects.filter(pk=work.pk).update(audience=Audience.AGENCY)
    assert Client().get(path).status_code == 404


def test_the_page_draws_it_and_says_the_same_in_a_list(
    work: Asset, owner: Agency, paper: Agency, signed_in: SignedIn
) -> None:
    article = article_of(work, owner, "Cầu <b>trăm</b> tuổi")
    count(article, UseKind.EMBED, 41, site="bao.vn", agency=paper)
    page = signed_in(owner, Role.CONTRIBUTOR).get(f"/assets/{work.pk}").content.decode()
    drawing = re.search(r"<svg viewBox.*?</svg>", page, re.DOTALL)
    assert drawing is not None
    assert drawing[0].count("<path") == 2
    assert drawing[0].count("<rect") == 3
    assert "Cầu &lt;b&gt;trăm&lt;/b&gt; tuổi" in drawing[0]
    assert re.search(r"bao\.vn \(TTX\)</span>: [^<]* 41</li>", page)
    other = signed_in(make_agency(), Role.AGENCY_ADMIN).get(f"/assets/{work.pk}").content.decode()
    assert "Cầu &lt;b&gt;trăm" in other
    assert "bao.vn" not in other
    alone = make_ready_asset(agency=owner)
    assert "<svg viewBox" not in signed_in(owner).get(f"/assets/{alone.pk}").content.decode()


def test_what_used_the_work_itself_is_not_drawn_through_what_was_made_of_it(
    work: Asset, owner: Agency, paper: Agency
) -> None:
    """A line behind a box would say that this was used."""
    article_of(work, owner, "Cầu trăm tuổi")
    count(work, UseKind.EMBED, 41, site="bao.vn", agency=paper)
    shown = reuse_shown(graph_for(actor_in(owner), work))
    assert shown is not None
    (straight,) = (line for line in shown.lines if " H" in line)
    passes = int(straight.partition(" H")[0].rsplit(" ", 1)[1])
    (made,) = (box for box in shown.boxes if box.kind == NodeKind.ARTICLE)
    assert not made.y <= passes <= made.y + shown.box_height
    assert 0 <= passes <= shown.height


def test_a_long_name_is_cut_by_what_its_letters_take() -> None:
    assert fitting("a" * FITTING) == "a" * FITTING
    assert fitting("a" * (FITTING + 1)) == "a" * FITTING + "…"
    assert fitting("河" * FITTING) == "河" * (FITTING // 2) + "…"


def test_a_collection_that_everybody_sees_is_a_node_for_strangers(work: Asset, owner: Agency) -> None:
    album = make_collection(work, agency=owner, title="Mở")
    Collection.objects.filter(pk=album.pk).update(audience=Audience.PUBLIC)
    assert named(graph_for(ANONYMOUS, work)) == {(work.reference, "collected_in", "Mở", 1)}
