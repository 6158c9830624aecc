"""A result to take away: CSV, JSON lines and Excel, and the same search as a feed."""

import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import feedparser
import openpyxl
import pytest
from fastapi.testclient import TestClient

from catalog.formats.tables import COLUMNS, Form, written
from catalog.portal import Portal
from catalog.services import search as service

Bearer = Callable[..., dict[str, str]]
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "＋1", "－1", "＠x")
RECORDS: list[dict[str, Any]] = [
    {
        "title": {"zh": "空气质量监测数据", "en": "Air quality readings"},
        "publisher": {"name": "市生态环境局"},
        "themes": ["生态环境", "城市"],
        "keywords": ["空气", "PM2.5"],
        "opening": "unconditional",
        "sharing": "conditional",
        "license": "cn-open",
        "frequency": "daily",
        "issued": "2024-01-15",
        "modified": "2024-05-01",
        "landing_page": "https://data.example.gov.cn/1",
        "distributions": [{"format": "csv"}, {"format": "json"}],
    },
    {"title": "住房公积金缴存", "publisher": {"name": "市住房公积金中心"}, "modified": "2025-05-01"},
    {"title": "噪声\u000b监测\u0001数据 <b>&", "publisher": {"name": "市生态环境局"}},
]


@pytest.fixture
def write(client: TestClient, bearer: Bearer, drained: Callable[[], None]) -> Callable[[list[dict[str, Any]]], None]:
    key = bearer("admin", "平台")

    def publish(records: list[dict[str, Any]]) -> None:
        for record in records:
            body = {"source_key": str(record["title"])} | record
            assert client.post("/api/v1/datasets", json=body, headers=key).status_code == 201
        drained()

    return publish


@pytest.fixture
def filled(client: TestClient, write: Callable[[list[dict[str, Any]]], None]) -> TestClient:
    write(RECORDS)
    return client


def rows(client: TestClient, form: str, query: str = "") -> list[list[str]]:
    answer = client.get(f"/search/export.{form}?{query}")
    assert answer.status_code == 200, answer.text
    if form == "csv":
        assert answer.content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [[cell.value or "" for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_has_words_for_people(filled: TestClient, form: str) -> None:
    head, found = rows(filled, form, "q=空气质量")

    assert head[:4] == ["编号", "标题", "提供方", "类型"]
    assert found[1:] == [
        "空气质量监测数据",
        "市生态环境局",
        "数据集",
        "生态环境; 城市",
        "空气; PM2.5",
        "无条件开放",
        "有条件共享",
        "cn-open",
        "csv; json",
        "每日",
        "2024-01-15",
        "2024-05-01",
        "https://data.example.gov.cn/1",
        f"http://testserver/datasets/{found[0]}",
    ]


def test_json_lines_have_codes_for_programs(filled: TestClient) -> None:
    answer = filled.get("/search/export.jsonl?q=空气质量&lang=en")

    [record] = [json.loads(line) for line in answer.text.splitlines()]
    assert list(record) == list(COLUMNS)
    assert (record["title"], record["opening"], record["keywords"]) == (
        "Air quality readings",
        "unconditional",
        ["空气", "PM2.5"],
    )
    assert answer.headers["content-language"] == "en"
    assert answer.headers["content-disposition"].endswith('.jsonl"')


@pytest.mark.parametrize("query", ["", "publisher=市生态环境局", "q=监测&sort=modified", "q=zzz"])
def test_an_export_holds_what_the_search_finds_in_its_order(filled: TestClient, query: str) -> None:
    found = filled.get(f"/api/v1/search?{query}&size=100").json()

    assert [row[0] for row in rows(filled, "csv", query)[1:]] == [hit["id"] for hit in found["hits"]]


def test_a_result_of_many_pages_is_complete(
    filled: TestClient, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_STEP", 2)

    exported = [row[0] for row in rows(filled, "csv")[1:]]

    assert len(exported) == len(set(exported)) == len(RECORDS)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_is_run_as_a_formula(client: TestClient, write: Callable[..., None], form: str) -> None:
    write(
        [{"title": "无害", "keywords": [text], "publisher": {"name": "市局"}, "source_key": text} for text in FORMULAS]
    )

    cells = {row[5] for row in rows(client, form)[1:]}

    assert len(cells) == len(FORMULAS)
    if form == "csv":
        assert all(cell.startswith("'") for cell in cells)
    else:
        answer = client.get("/search/export.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        assert {cell.data_type for cell in sheet["F"]} == {"s"}


def test_memory_is_bounded_by_a_page() -> None:
    record = dict.fromkeys(COLUMNS, "数" * 20) | {"themes": (), "keywords": (), "formats": ()}
    pages = ([record] * 1000 for _ in range(20))

    tracemalloc.start()
    size = sum(len(piece) for piece in written(Form.XLSX, pages, "zh"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size > 200_000
    assert peak < 8_000_000


@pytest.mark.parametrize("query", ["page=2", "size=5", "colour=red", "sort=best"])
def test_what_an_export_does_not_know_is_refused(filled: TestClient, query: str) -> None:
    answer = filled.get(f"/search/export.csv?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_search_is_a_feed_that_readers_read(filled: TestClient) -> None:
    answer = filled.get("/search/feed.atom?publisher=市生态环境局&lang=en")
    feed = feedparser.parse(answer.content)

    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert not feed.bozo
    assert feed.version == "atom10"
    assert [entry.title for entry in feed.entries] == ["Air quality readings", "噪声监测数据 <b>&"]
    first = feed.entries[0]
    assert first.updated == "2024-05-01T00:00:00+00:00"
    assert first.link.startswith("http://testserver/datasets/")
    assert [tag.term for tag in first.tags] == ["生态环境", "城市"]
    assert first.author == "市生态环境局"
    links = {link.rel: link.href for link in feed.feed.links}
    assert links["self"].startswith("http://testserver/search/feed.atom?publisher=")
    assert links["alternate"].startswith("http://testserver/search?publisher=")
    assert "next" not in links


def test_a_feed_goes_on_in_pages_and_its_ids_stay(
    filled: TestClient, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.api.results._ENTRIES", 2)

    first = feedparser.parse(filled.get("/search/feed.atom").content)
    address = {link.rel: link.href for link in first.feed.links}["next"]
    second = feedparser.parse(filled.get(address).content)

    assert [entry.title for entry in first.entries] == ["住房公积金缴存", "空气质量监测数据"]
    assert [len(first.entries), len(second.entries)] == [2, 1]
    assert first.feed.id == second.feed.id
    again = feedparser.parse(filled.get("/search/feed.atom", headers={"host": "other.example"}).content)
    assert [entry.id for entry in again.entries] == [entry.id for entry in first.entries]
    assert all(entry.id.startswith("urn:uuid:") for entry in first.entries)


def test_a_reader_who_has_the_feed_is_told_so(filled: TestClient) -> None:
    tag = filled.get("/search/feed.atom").headers["etag"]

    assert filled.get("/search/feed.atom", headers={"if-none-match": tag}).status_code == 304
    assert filled.get("/search/feed.atom?q=zzz", headers={"if-none-match": tag}).status_code == 200


def test_the_results_page_offers_both(filled: TestClient) -> None:
    page = filled.get("/search?q=空气&theme=城市&sort=issued&lang=en").text

    for kind in ("export.csv", "export.xlsx", "export.jsonl"):
        address = f"/search/{kind}?q=%E7%A9%BA%E6%B0%94&amp;theme=%E5%9F%8E%E5%B8%82&amp;sort=issued&amp;lang=en"
        assert address in page
        assert filled.get(address.replace("&amp;", "&")).status_code == 200
    assert 'rel="alternate" type="application/atom+xml"' in page
