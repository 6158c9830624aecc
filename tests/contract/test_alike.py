"""What else there is beside a record; the same from each engine."""

from typing import Any

import pytest

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.portal import Portal
from catalog.services import datasets, indexing
from catalog.services.alike import more_like
from catalog.services.search import Ask, search
from catalog.services.suggest import suggest
from search.port import SearchIndex
from search.steering import Steering


@pytest.fixture
def ids(portal: Portal, index: SearchIndex) -> dict[str, str]:
    """Titles and ids of a few records, of which each engine knows."""
    found: dict[str, str] = {}
    said: dict[str, dict[str, Any]] = {
        "2024年空气质量日报": {"keywords": ["空气"], "themes": ["生态环境"]},
        "2025年空气质量日报": {"keywords": ["空气"], "themes": ["生态环境"]},
        "空气质量监测站点": {"themes": ["生态环境"]},
        "图书馆名录": {"themes": ["文化"]},
        "噪声地图": {"themes": ["生态环境"], "kind": "report"},
    }
    for title, more in said.items():
        found[title] = _publish(portal, title, **more)
    found["空气指数"] = _publish(portal, "空气指数", kind="api", made_from=[found["2024年空气质量日报"]])
    with portal.database.reading() as tx:
        indexing.bring(index, tx.datasets.everything(), indexing.ALONE)
    return found


def _publish(portal: Portal, title: str, **said: object) -> str:
    record = Dataset.model_validate({"publisher": {"name": "省生态环境厅"}, **said, "title": title})
    with portal.database.transaction() as tx:
        identity = Identity(source="tests", source_key=title)
        return datasets.publish(tx, OPERATOR, identity, record, at=portal.clock()).id


def beside(portal: Portal, index: SearchIndex, dataset_id: str) -> dict[str, list[str]]:
    with portal.database.reading() as tx:
        stored = tx.datasets.get(dataset_id)
    assert stored
    return {name: [row["title"] for row in rows] for name, rows in more_like(index, stored, Steering(), "zh").items()}


def test_what_is_alike_is_neither_the_record_nor_of_its_series(
    portal: Portal, index: SearchIndex, ids: dict[str, str]
) -> None:
    found = beside(portal, index, ids["2024年空气质量日报"])["alike"]

    assert found[0] == "空气质量监测站点"
    assert not {"2024年空气质量日报", "2025年空气质量日报", "图书馆名录"} & set(found)


def test_of_a_series_one_record_is_shown(portal: Portal, index: SearchIndex, ids: dict[str, str]) -> None:
    found = beside(portal, index, ids["空气质量监测站点"])["alike"]

    assert len([title for title in found if title.endswith("空气质量日报")]) == 1


def test_products_made_of_it_come_before_those_of_its_theme(
    portal: Portal, index: SearchIndex, ids: dict[str, str]
) -> None:
    assert beside(portal, index, ids["2024年空气质量日报"])["products"] == ["空气指数", "噪声地图"]
    assert beside(portal, index, ids["噪声地图"])["products"] == []


def test_what_is_dropped_is_beside_nothing(portal: Portal, index: SearchIndex, ids: dict[str, str]) -> None:
    index.drop({ids["空气指数"]: 9, ids["空气质量监测站点"]: 9})

    found = beside(portal, index, ids["2024年空气质量日报"])

    assert "空气质量监测站点" not in found["alike"]
    assert found["products"] == ["噪声地图"]


def test_signs_in_a_title_are_no_query(portal: Portal, index: SearchIndex, ids: dict[str, str]) -> None:
    strange = _publish(portal, '-"图书馆" OR (title:x', keywords=["a:b"])

    assert beside(portal, index, strange)["alike"] == ["图书馆名录"]


def test_what_nobody_may_see_is_told_nowhere(portal: Portal, index: SearchIndex, ids: dict[str, str]) -> None:
    _publish(
        portal,
        "空气质量密报",
        visibility="private",
        themes=["密"],
        publisher={"name": "密云局"},
        kind="report",
        made_from=[ids["空气质量监测站点"]],
    )
    with portal.database.reading() as tx:
        indexing.bring(index, tx.datasets.everything(), indexing.ALONE)

    told = beside(portal, index, ids["空气质量监测站点"])
    helped = search(index, Ask("空气质量密报", {"theme": ("文化",)}, exact=True))["help"]

    assert not [title for titles in told.values() for title in titles if "密" in title]
    assert not [
        one for typed in ("密", "miyun", "空气质量密", "my") for one in suggest(index, typed, "zh") if "密" in one.text
    ]
    assert "密" not in [topic["value"] for topic in helped["topics"]]
