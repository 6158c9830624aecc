"""Search over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.portal import Portal
from catalog.services import jobs

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def filled(client: TestClient, bearer: Bearer, drained: Callable[[], None]) -> TestClient:
    key = bearer("admin", "平台")
    records: list[dict[str, Any]] = [
        {
            "title": {"zh": "空气质量监测数据", "en": "Air quality readings"},
            "publisher": {"name": "市生态环境局"},
            "themes": ["生态环境"],
            "opening": "unconditional",
            "modified": "2024-05-01",
            "distributions": [{"format": "csv"}, {"format": "json"}],
        },
        {
            "title": "住房公积金缴存",
            "publisher": {"name": "市住房公积金中心"},
            "themes": ["住房保障"],
            "opening": "conditional",
            "modified": "2025-05-01",
            "distributions": [{"format": "csv"}],
        },
        {"title": "噪声监测数据", "publisher": {"name": "市生态环境局"}, "themes": ["生态环境"], "opening": "none"},
    ]
    for number, record in enumerate(records):
        assert (
            client.post("/api/v1/datasets", json=record | {"source_key": str(number)}, headers=key).status_code == 201
        )
    drained()
    return client


def search(client: TestClient, query: str = "", **headers: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/search?{query}", headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_hit_has_what_a_row_shows(filled: TestClient) -> None:
    found = search(filled, "q=空气质量")

    [hit] = found["hits"]
    assert found["total"] == 1
    assert {
        "id",
        "title",
        "description",
        "publisher",
        "source",
        "source_key",
        "landing_page",
        "score",
        "highlights",
        "formats",
        "themes",
        "opening",
        "modified",
        "revision",
    } <= set(hit)
    assert hit["highlights"]["title"] == [[0, 4]]
    assert hit["score"] > 0


def test_titles_are_strings_in_the_readers_language(filled: TestClient) -> None:
    assert search(filled, "q=空气", accept_language="en")["hits"][0]["title"] == "Air quality readings"
    assert search(filled, "q=空气", accept_language="zh-CN")["hits"][0]["title"] == "空气质量监测数据"
    assert search(filled, "q=air", accept_language="fr")["hits"][0]["title"] == "空气质量监测数据"


def test_a_facets_value_goes_back_unchanged(filled: TestClient) -> None:
    facets = search(filled, "facets=publisher,opening,format,theme,source")["facets"]

    assert facets["publisher"] == [
        {"value": "市生态环境局", "label": "市生态环境局", "count": 2},
        {"value": "市住房公积金中心", "label": "市住房公积金中心", "count": 1},
    ]
    assert {c["label"] for c in facets["opening"]} == {"无条件开放", "有条件开放", "不予开放"}
    for name, counts in facets.items():
        for count in counts:
            assert search(filled, f"{name}={count['value']}")["total"] == count["count"], (name, count)


def test_values_widen_and_facets_narrow(filled: TestClient) -> None:
    assert search(filled, "opening=none&opening=conditional")["total"] == 2
    assert search(filled, "opening=none&theme=住房保障")["total"] == 0
    assert search(filled, "q=监测&opening=unconditional")["total"] == 1


def test_pages_follow_each_other_to_the_end(filled: TestClient) -> None:
    address, met = "/api/v1/search?size=2&sort=modified", []
    while address:
        page = filled.get(address).json()
        met += [hit["title"] for hit in page["hits"]]
        address = page["next"]

    assert met == ["住房公积金缴存", "空气质量监测数据", "噪声监测数据"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("size=0", "size"),
        ("size=101", "size"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("sort=random", "sort"),
        ("facets=nope", "facets"),
        ("surprise=1", "surprise"),
        ("page=1000000&size=100", "size"),
        (f"q={'x' * 501}", "q"),
    ],
)
def test_what_cannot_be_asked_is_named(filled: TestClient, query: str, field: str) -> None:
    answer = filled.get(f"/api/v1/search?{query}")

    assert answer.status_code == 422
    assert answer.json()["field"] == field


@pytest.mark.parametrize("words", ['"', "AND OR", "a:b", "空气 -质量", "\\", "%00", "🙂", "(((", " "])
def test_no_words_break_it(filled: TestClient, words: str) -> None:
    assert filled.get("/api/v1/search", params={"q": words}).status_code == 200


def test_what_is_withdrawn_is_no_longer_found(filled: TestClient, bearer: Bearer, drained: Callable[[], None]) -> None:
    hit = search(filled, "q=噪声")["hits"][0]

    filled.delete(f"/api/v1/datasets/{hit['id']}", headers=bearer("admin") | {"If-Match": '"1"'})
    drained()

    assert search(filled, "q=噪声")["total"] == 0
    assert search(filled)["total"] == 2


def test_health_and_metrics(filled: TestClient) -> None:
    assert filled.get("/health/live").json() == {"status": "live"}
    assert filled.get("/health/ready").json() == {"status": "ready", "documents": 3, "waiting": 0}
    assert 'shuyuan_requests_total{method="GET",status="200"}' in filled.get("/metrics").text


def test_search_that_is_down_is_a_clear_error_and_writes_go_on(tmp_path: Any) -> None:
    from catalog.app import create_app  # noqa: PLC0415
    from catalog.domain.people import Role  # noqa: PLC0415
    from catalog.services import keys  # noqa: PLC0415
    from catalog.settings import Settings  # noqa: PLC0415
    from catalog.wiring import open_portal  # noqa: PLC0415
    from tests.engines import free_port  # noqa: PLC0415

    portal = open_portal(Settings(data=tmp_path, elasticsearch_url=f"http://127.0.0.1:{free_port()}", _env_file=None))
    with portal.database.transaction() as tx:
        key = keys.create(tx, Role.ADMIN, "平台", at=portal.clock())
    client = TestClient(create_app(portal))

    down = client.get("/api/v1/search?q=空气", headers={"Accept-Language": "en"})
    written = client.post(
        "/api/v1/datasets",
        json={"source_key": "a", "title": "空气", "publisher": {"name": "市局"}},
        headers={"Authorization": f"Bearer {key}"},
    )

    assert (down.status_code, down.json()["title"]) == (503, "SearchDownError")
    assert client.get("/health/ready").status_code == 503
    assert client.get("/search?q=空气").status_code == 503
    assert written.status_code == 201
    portal.close()


def test_while_the_index_is_built_nobody_is_told_that_there_is_nothing(portal: Portal, client: TestClient) -> None:
    assert client.get("/api/v1/search?q=空气").json()["total"] == 0
    with portal.database.transaction() as tx:
        jobs.ask_for(tx, "rebuild", {}, at=portal.clock())

    answer = client.get("/api/v1/search?q=空气")

    assert (answer.status_code, answer.json()["title"]) == (503, "IndexBuildingError")
    assert answer.headers["retry-after"] == "60"
    assert client.get("/search?q=空气").status_code == 503


def test_each_hit_says_why_it_was_found_when_asked(filled: TestClient) -> None:
    hit = search(filled, "q=空气 监测&explain=true")["hits"][0]

    assert hit["why"]["matches"][0] == {"typed": "空气", "text": "空气", "rule": "word", "where": ["title"]}
    assert hit["why"]["absent"] == []
    assert "why" not in search(filled, "q=空气 监测")["hits"][0]


def test_an_empty_answer_has_searches_that_find_something(filled: TestClient) -> None:
    told = search(filled, "q=公积金&theme=生态环境")["help"]

    assert {"kind": "unfiltered", "q": "公积金", "filters": {}, "about": "", "total": 1} in told["cures"]
    assert told["topics"] == [{"value": "住房保障", "label": "住房保障", "count": 1}]
    assert "help" not in search(filled, "q=公积金")


def test_exact_words_are_not_corrected(filled: TestClient) -> None:
    assert search(filled, "q=公机金")["corrected"] == "公积金"
    assert search(filled, "q=公机金&exact=true")["total"] == 0


def found_by(filled: TestClient, **filters: Any) -> list[str]:
    answer = filled.get("/api/v1/search", params=filters)
    assert answer.status_code == 200, answer.text
    return sorted(hit["title"] for hit in answer.json()["hits"])


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"modified_from": "2024-05-01", "modified_to": "2024-12-31"}, ["空气质量监测数据"]),
        ({"modified_to": "2024-04-30"}, []),
        ({"modified_from": "2024-05-02"}, ["住房公积金缴存"]),
        ({"format": ""}, ["噪声监测数据"]),
        ({"preview": "true"}, []),
        ({"api": "false", "format": ["json", ""]}, ["噪声监测数据", "空气质量监测数据"]),
    ],
)
def test_filters_by_day_and_by_what_is_not_there(
    filled: TestClient, filters: dict[str, Any], expected: list[str]
) -> None:
    assert found_by(filled, **filters) == expected


@pytest.mark.parametrize(
    ("filters", "field"),
    [({"place": "99"}, "place"), ({"modified_from": "yesterday"}, "modified_from"), ({"modified": "2024"}, "modified")],
)
def test_a_wrong_filter_has_one_clear_error(filled: TestClient, filters: dict[str, str], field: str) -> None:
    answer = filled.get("/api/v1/search", params=filters)

    assert answer.status_code == 422
    assert answer.json()["field"].endswith(field)


def test_what_has_no_value_is_a_value_of_the_facet(filled: TestClient) -> None:
    facets = filled.get("/api/v1/search", params={"facets": "format"}).json()["facets"]

    assert facets["format"][-1] == {"value": "", "label": "未标注", "count": 1}


def test_every_value_of_a_facet_is_within_reach(filled: TestClient) -> None:
    answer = filled.get("/api/v1/search/facets/publisher", params={"size": 1, "page": 2, "opening": "none"}).json()
    everything = filled.get("/api/v1/search/facets/publisher", params={"contains": "環境"}).json()

    assert answer == {"total": 1, "pages": 1, "values": []}
    assert everything == {
        "total": 1,
        "pages": 1,
        "values": [{"value": "市生态环境局", "label": "市生态环境局", "count": 2}],
    }


def test_values_of_a_facet_that_is_none(filled: TestClient) -> None:
    assert filled.get("/api/v1/search/facets/colour").status_code == 422
    assert filled.get("/api/v1/search/facets/publisher", params={"colour": "x"}).status_code == 422


def test_a_series_is_one_hit_when_folded(filled: TestClient, bearer: Bearer, drained: Callable[[], None]) -> None:
    for year in (2020, 2021, 2022):
        record = {"title": f"{year}年度财政决算", "publisher": {"name": "市财政局"}, "source_key": f"b{year}"}
        filled.post("/api/v1/datasets", json=record, headers=bearer("admin", "平台"))
    drained()

    folded = filled.get("/api/v1/search", params={"q": "财政决算", "fold": "true"}).json()
    opened = filled.get("/api/v1/search", params={"series": folded["hits"][0]["series"], "fold": "true"}).json()

    assert (folded["total"], folded["pages"], len(folded["hits"]), folded["hits"][0]["others"]) == (3, 1, 1, 2)
    assert (opened["total"], len(opened["hits"])) == (3, 3)
