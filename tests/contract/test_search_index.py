"""What every search engine must do: one suite, run by each adapter."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from search.clauses import AllOf, Among
from search.elastic import ElasticIndex, connect
from search.embedded import EmbeddedIndex
from search.model import Count, Document, Entry, Query, Sort
from search.port import IndexLockedError, SearchIndex, SearchUnavailableError
from search.understanding import understand
from tests.engines import free_port


def doc(key: str, title: str = "空气质量", revision: int = 1, day: int = 0, **facets: str) -> Document:
    return Document(
        key,
        revision,
        {"title": title},
        {n: (v,) for n, v in facets.items()},
        {"modified": day, "issued": day},
        {"id": key, "title": title},
    )


def found(index: SearchIndex, words: str = "", **more: object) -> list[str]:
    return [hit.card["id"] for hit in index.search(Query(understand(words).clause, **more)).hits]  # type: ignore[arg-type]


def reopened(index: SearchIndex) -> SearchIndex:
    """The same index, as after a restart."""
    index.close()
    if isinstance(index, EmbeddedIndex):
        return EmbeddedIndex(index._parent)
    client = index._client  # type: ignore[attr-defined]
    return ElasticIndex(connect(next(iter(client.transport.node_pool.all())).base_url), index._alias)  # type: ignore[attr-defined]


def test_what_was_put_is_found_with_its_card(index: SearchIndex) -> None:
    index.put([doc("air", "全市空气质量监测数据"), doc("noise", "噪声监测")])

    page = index.search(Query(understand("空气质量").clause))

    assert page.total == 1
    assert page.hits[0].card == {"id": "air", "title": "全市空气质量监测数据"}
    assert page.hits[0].score > 0


def test_the_same_id_replaces(index: SearchIndex) -> None:
    index.put([doc("air", "空气", 1)])
    index.put([doc("air", "噪声", 2)])

    assert found(index, "空气") == []
    assert found(index, "噪声") == ["air"]
    assert index.count() == 1


def test_a_dropped_document_is_gone_from_hits_counts_and_facets(index: SearchIndex) -> None:
    index.put([doc("air", theme="环境"), doc("noise", theme="环境")])
    index.drop({"air": 2})

    page = index.search(Query(facets=("theme",)))

    assert found(index) == ["noise"]
    assert (page.total, page.facets["theme"]) == (1, [Count("环境", 1)])
    assert index.count() == 1


def test_an_older_revision_does_not_win(index: SearchIndex) -> None:
    index.put([doc("air", "新的", 3)])
    index.put([doc("air", "旧的", 2)])

    assert found(index, "新的") == ["air"]
    assert found(index, "旧的") == []


def test_the_same_revision_replaces(index: SearchIndex) -> None:
    index.put([doc("air", "空气", 1)])
    index.put([doc("air", "噪声", 1)])

    assert found(index, "噪声") == ["air"]
    assert index.count() == 1


def test_two_revisions_out_of_order_in_one_batch(index: SearchIndex) -> None:
    index.put([doc("air", "第二版", 2), doc("air", "第一版", 1)])

    assert found(index, "第二") == ["air"]
    assert index.count() == 1


def test_an_old_revision_after_a_drop_and_a_restart_stays_dropped(index: SearchIndex) -> None:
    index.put([doc("air", revision=1)])
    index.drop({"air": 3})
    again = reopened(index)

    again.put([doc("air", revision=2)])
    assert found(again) == []

    again.put([doc("air", revision=4)])
    assert found(again) == ["air"]
    again.close()


def test_the_index_outlives_a_restart(index: SearchIndex) -> None:
    index.put([doc("air")])

    again = reopened(index)

    assert found(again, "空气") == ["air"]
    again.close()


def test_counts_are_exact_over_many_segments(index: SearchIndex) -> None:
    random.seed(1)
    values = [f"部门{random.randrange(300)}" for _ in range(2100)]
    for start in range(0, 2100, 300):
        part = enumerate(values[start : start + 300], start)
        index.put([doc(f"d{n}", publisher=value) for n, value in part])

    page = index.search(Query(understand("空气质量").clause, facets=("publisher",), facet_size=300))

    expected = {value: values.count(value) for value in set(values)}
    assert page.total == 2100
    assert {c.value: c.count for c in page.facets["publisher"]} == expected
    assert list(page.facets["publisher"]) == sorted(page.facets["publisher"], key=lambda c: (-c.count, c.value))


def test_values_widen_within_a_facet_and_facets_narrow_each_other(index: SearchIndex) -> None:
    index.put(
        [
            doc("a", theme="环境", opening="none"),
            doc("b", theme="环境", opening="conditional"),
            doc("c", theme="交通", opening="none"),
            doc("d", theme="教育", opening="none"),
        ]
    )

    filters = {"theme": ("环境", "交通"), "opening": ("none",)}
    page = index.search(Query(filters=filters, facets=("theme", "opening")))

    assert sorted(hit.card["id"] for hit in page.hits) == ["a", "c"]
    # Each facet is counted without its own selection, so that another value can still be chosen.
    assert {c.value: c.count for c in page.facets["theme"]} == {"环境": 1, "交通": 1, "教育": 1}
    assert {c.value: c.count for c in page.facets["opening"]} == {"none": 2, "conditional": 1}


def test_filters_take_values_as_they_are(index: SearchIndex) -> None:
    value = '医疗（卫生）: "a" AND b*'
    index.put([doc("a", keyword=value), doc("b", keyword="水")])

    assert found(index, filters={"keyword": (value,)}) == ["a"]
    assert found(index, filters={"keyword": ("水",)}) == ["b"]
    assert found(index, filters={"keyword": ("没有",)}) == []


@pytest.mark.parametrize("words", ["AND", 'a:b "', "title:(空气", "空气~2^4", "(((", "-空气 +", "*", "\\", "／"])
def test_what_a_reader_types_never_reaches_a_query_parser(index: SearchIndex, words: str) -> None:
    index.put([doc("air", "空气 a b and title")])

    assert index.search(Query(understand(words).clause)).total in (0, 1)


def test_traditional_and_full_width_find_simplified(index: SearchIndex) -> None:
    index.put([doc("air", "空气质量PM2.5"), doc("gold", "住房公積金")])

    assert found(index, "空氣質量") == ["air"]
    assert found(index, "ＰＭ２.５") == ["air"]
    assert found(index, "公积金") == ["gold"]


def test_a_word_in_the_title_comes_before_one_in_the_description(index: SearchIndex) -> None:
    index.put(
        [
            Document("low", 1, {"title": "统计", "description": "公积金"}, card={"id": "low"}),
            Document("high", 1, {"title": "公积金", "description": "统计"}, card={"id": "high"}),
        ]
    )

    assert found(index, "公积金") == ["high", "low"]


def test_sorting_by_day(index: SearchIndex) -> None:
    index.put([doc("old", day=10), doc("new", day=30), doc("middle", day=20), doc("unknown")])

    assert found(index, sort=Sort.MODIFIED) == ["new", "middle", "old", "unknown"]
    assert found(index, "空气", sort=Sort.ISSUED) == ["new", "middle", "old", "unknown"]
    assert found(index) == ["new", "middle", "old", "unknown"]


def test_paging_past_ten_thousand_meets_every_document_once(index: SearchIndex) -> None:
    index.rebuild(doc(f"d{n:05d}", day=n + 1) for n in range(12_000))

    met = [
        key
        for offset in range(0, 12_000, 1000)
        for key in found(index, "空气", sort=Sort.MODIFIED, offset=offset, size=1000)
    ]

    assert met == [f"d{n:05d}" for n in reversed(range(12_000))]
    assert found(index, offset=12_000) == []


def test_entries_are_complete_and_in_order(index: SearchIndex) -> None:
    largest = 2**56 - 1
    made = [replace(doc(key, revision=n), digest=largest - n) for n, key in enumerate(("z1", "a1", "7x", "a0"), 1)]
    index.put(made)
    index.drop({"z1": 9})

    assert list(index.entries()) == [
        Entry(key, revision, largest - revision) for key, revision in (("7x", 3), ("a0", 4), ("a1", 2))
    ]


def test_documents_that_break_off_leave_nothing_behind(index: SearchIndex) -> None:
    def broken() -> Iterator[Document]:
        yield from (doc(f"d{n:04}") for n in range(500))
        raise OSError

    index.put([doc("before")])
    with pytest.raises(OSError):  # noqa: PT011 this one
        index.put(broken())
    index.put([doc("after")])

    assert sorted(found(index)) == ["after", "before"]


def test_the_newest_of_one_id_is_kept_whatever_comes_first(index: SearchIndex) -> None:
    index.put([doc("a", title="新", revision=3), doc("a", title="旧", revision=2)])

    assert (found(index, "新"), found(index, "旧")) == (["a"], [])


def test_a_rebuild_replaces_everything(index: SearchIndex) -> None:
    index.put([doc("old")])

    assert index.rebuild([doc("new")]) == 1

    assert found(index) == ["new"]
    assert found(reopened(index)) == ["new"]


def test_a_rebuild_that_fails_changes_nothing(index: SearchIndex) -> None:
    index.put([doc("air")])

    def broken() -> Iterator[Document]:
        yield from (doc(f"d{n}") for n in range(1500))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        index.rebuild(broken())

    assert found(index) == ["air"]
    index.put([doc("more")])
    assert index.count() == 2
    assert index.rebuild([doc("new")]) == 1


def test_writes_during_a_rebuild_reach_both(index: SearchIndex) -> None:
    index.put([doc("changed", "旧的", 1), doc("dropped", revision=1), doc("early", "旧的", 1)])
    seen = []

    def documents() -> Iterator[Document]:
        yield doc("early", "旧的", 1)
        yield from (doc(f"d{n}") for n in range(1200))
        index.put([doc("changed", "新的", 2), doc("early", "新的", 2), doc("born", "新的", 1)])
        index.drop({"dropped": 2})
        seen.extend(sorted(found(index, "新的")))
        yield doc("changed", "旧的", 1)
        yield doc("dropped", revision=1)

    index.rebuild(documents())

    assert seen == ["born", "changed", "early"]
    assert sorted(found(index, "新的")) == ["born", "changed", "early"]
    assert found(index, "旧的") == []
    assert index.count() == 1200 + 3


def test_a_search_among_some_records_finds_no_others(index: SearchIndex) -> None:
    index.put([doc("a", day=1), doc("b", "噪声", day=2), doc("c", day=3), doc("d", day=4)])
    index.drop({"d": 2})
    some = Among("id", ["a", "b", "d", "nobody"])

    everything = index.search(Query(some, sort=Sort.MODIFIED))
    words = understand("空气").clause
    assert words is not None

    assert (everything.total, [hit.card["id"] for hit in everything.hits]) == (2, ["b", "a"])
    assert [hit.card["id"] for hit in index.search(Query(AllOf((some, words)))).hits] == ["a"]
    assert index.search(Query(Among("id", []))).total == 0


def test_size_is_told_and_empty_results_are_empty(index: SearchIndex) -> None:
    assert index.search(Query(understand("空气").clause, facets=("theme",))).facets == {"theme": []}
    assert index.search(Query(size=0)).hits == []

    index.put([doc("air")])

    assert index.size() > 0


def test_elasticsearch_that_is_down_is_a_clear_error() -> None:
    index = ElasticIndex(connect(f"http://127.0.0.1:{free_port()}"), "nowhere")

    for act in (lambda: index.search(Query()), index.count, lambda: index.put([doc("a")]), lambda: index.rebuild([])):
        with pytest.raises(SearchUnavailableError):
            act()


def test_two_processes_cannot_both_write_the_embedded_index(tmp_path: Path) -> None:
    writer, reader = EmbeddedIndex(tmp_path), EmbeddedIndex(tmp_path)
    writer.put([doc("air")])

    with pytest.raises(IndexLockedError):
        reader.put([doc("noise")])
    with pytest.raises(IndexLockedError):
        reader.rebuild([])


def test_a_reader_follows_the_rebuild_of_another_process(tmp_path: Path) -> None:
    writer, reader = EmbeddedIndex(tmp_path), EmbeddedIndex(tmp_path)
    writer.rebuild([doc("new")])

    assert found(reader) == ["new"]
