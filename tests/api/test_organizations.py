"""Organizations over HTTP: who may change what, what follows, and a list brought in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.errors import RowsRefusedError
from catalog.domain.people import OPERATOR
from catalog.formats.rows import RowFile
from catalog.portal import Portal
from catalog.services import datasets, register
from tests.api.conftest import *  # noqa: F403

Bearer = Callable[..., dict[str, str]]
URL = "/api/v1/organizations"
USCC = "91350100M000100Y43"


@pytest.fixture
def admin(bearer: Bearer) -> dict[str, str]:
    return bearer("admin", "运维中心")


def _make(client: TestClient, who: dict[str, str], name: str, **said: Any) -> str:
    made = client.post(URL, json={"name": name, **said}, headers=who)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def _publish(portal: Portal, name: str, key: str, theme: str = "环境") -> str:
    record = Dataset.model_validate({"title": "题", "publisher": {"name": name}, "themes": [theme]})
    with portal.database.transaction() as tx:
        identity = Identity(source="tests", source_key=key)
        return datasets.publish(tx, OPERATOR, identity, record, at=portal.clock()).id


def test_an_organization_is_described_and_found_by_all_its_names(client: TestClient, admin: dict[str, str]) -> None:
    city = _make(client, admin, "泸州市", level="city", territory="510500", kind="department", uscc=USCC)

    client.put(f"{URL}/{city}/name", json={"name": "泸州市人民政府"}, headers=admin)

    shown = client.get(f"{URL}/{city}").json()
    assert (shown["name"], shown["names"], shown["territory"], shown["uscc"]) == (
        "泸州市人民政府",
        ["泸州市"],
        "5105",
        USCC,
    )
    assert [o["id"] for o in client.get(URL, params={"name": "泸州市"}).json()["organizations"]] == [city]
    acts = [entry["act"] for entry in client.get(f"{URL}/{city}/history").json()]
    assert acts == ["organization renamed", "organization created"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"uscc": "91350100M000100Y44"}, "uscc"),
        ({"territory": "999999"}, "territory"),
        ({"level": "village"}, "level"),
        ({"name": " "}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"parent": "nobody"}, "parent"),
    ],
)
def test_what_is_said_of_an_organization_is_checked(
    client: TestClient, admin: dict[str, str], said: dict[str, str], field: str
) -> None:
    refused = client.post(URL, json={"name": "某局", **said}, headers=admin)

    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert refused.json()["cure"]


def test_a_number_and_a_name_belong_to_one_living_organization(client: TestClient, admin: dict[str, str]) -> None:
    first = _make(client, admin, "甲局", uscc=USCC)

    for said in ({"name": "乙局", "uscc": USCC}, {"name": "甲局"}):
        taken = client.post(URL, json=said, headers=admin)
        assert (taken.status_code, taken.json()["organization"]) == (409, first)

    heir = _make(client, admin, "丙局")
    client.post(f"{URL}/{first}/merge", json={"into": heir}, headers=admin)
    _make(client, admin, "丁局", uscc=USCC)


def test_levels_are_not_inverted_by_description_or_move(client: TestClient, admin: dict[str, str]) -> None:
    province = _make(client, admin, "省", level="province")
    city = _make(client, admin, "市", level="city", parent=province)
    county = _make(client, admin, "县", level="county", parent=city)

    tries = [
        client.put(f"{URL}/{province}/parent", json={"parent": county}, headers=admin),
        client.put(f"{URL}/{province}/description", json={"level": "county"}, headers=admin),
        client.put(f"{URL}/{county}/description", json={"level": "national"}, headers=admin),
        client.post(URL, json={"name": "厅", "level": "province", "parent": city}, headers=admin),
    ]

    assert [refused.status_code for refused in tries] == [422] * 4
    assert [o["id"] for o in client.get(f"{URL}/{county}").json()["above"]] == [city, province]


def test_an_administrator_changes_what_lies_beneath_and_not_his_own_place(
    client: TestClient, admin: dict[str, str], bearer: Bearer
) -> None:
    city, other = _make(client, admin, "市"), _make(client, admin, "别的市")
    mine = bearer("organization_admin", "市")

    bureau = _make(client, mine, "市环保局", parent=city)
    renamed = client.put(f"{URL}/{bureau}/name", json={"name": "市生态环境局"}, headers=mine)
    refused = [
        client.put(f"{URL}/{city}/description", json={"level": "national"}, headers=mine),
        client.put(f"{URL}/{city}/parent", json={"parent": other}, headers=mine),
        client.put(f"{URL}/{bureau}/parent", json={"parent": other}, headers=mine),
        client.put(f"{URL}/{bureau}/parent", json={"parent": None}, headers=mine),
        client.post(f"{URL}/{bureau}/merge", json={"into": other}, headers=mine),
        client.post(f"{URL}/{city}/close", headers=mine),
        client.post(URL, json={"name": "新市"}, headers=mine),
        client.post(URL, json={"name": "新局", "parent": city}, headers=bearer("steward", "市")),
    ]

    assert renamed.status_code == 200
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert client.post(URL, json={"name": "新局"}).status_code == 401


def test_a_merged_organization_leads_to_its_heir_with_all_that_was_its_own(
    client: TestClient, portal: Portal, admin: dict[str, str], bearer: Bearer, drained: Callable[[], None]
) -> None:
    former, heir = _make(client, admin, "环保局"), _make(client, admin, "生态环境局")
    child = _make(client, admin, "监测站", parent=former)
    record, steward = _publish(portal, "环保局", "a"), bearer("steward", "环保局")
    drained()

    client.post(f"{URL}/{former}/merge", json={"into": heir}, headers=admin)

    gone = client.get(f"{URL}/{former}")
    assert (gone.status_code, gone.json()["successor"]) == (410, heir)
    shown = client.get(f"{URL}/{heir}").json()
    assert ([o["id"] for o in shown["children"]], shown["names"], shown["records"]) == ([child], ["环保局"], 1)
    with portal.database.reading() as tx:
        assert tx.outbox.pending("index", [record]) == {record}
        assert tx.datasets.many([record])[record].owner == heir
    body = client.get(f"/api/v1/datasets/{record}").json()
    kept = client.put(f"/api/v1/datasets/{record}", json=body["dataset"], headers={**steward, "If-Match": '"1"'})
    assert kept.status_code == 200, kept.text


def test_a_split_assigns_records_and_a_later_revision_does_not_undo_it(
    client: TestClient, portal: Portal, admin: dict[str, str]
) -> None:
    former = _make(client, admin, "国土环保局")
    air, land, odd = (_publish(portal, "国土环保局", theme, theme) for theme in ("环境", "国土", "其他"))
    parts = [{"name": "环保局", "themes": ["环境"]}, {"name": "国土局", "records": [land], "rest": True}]

    refused = client.post(f"{URL}/{former}/split", json={"parts": parts, "ends": False}, headers=admin)
    made = client.post(f"{URL}/{former}/split", json={"parts": parts, "ends": True}, headers=admin).json()

    assert refused.status_code == 422
    with portal.database.transaction() as tx:
        owners = {i: stored.owner for i, stored in tx.datasets.many([air, land, odd]).items()}
        again = tx.datasets.many([air])[air].dataset.model_copy(update={"identifier": "51"})
        datasets.replace(tx, OPERATOR, air, again, revision=1, at=portal.clock())
        assert tx.datasets.many([air])[air].owner == made[0]["id"]
    assert owners == {air: made[0]["id"], land: made[1]["id"], odd: made[1]["id"]}
    assert client.get(f"{URL}/{former}").json()["successor"] == made[1]["id"]


def test_only_what_answers_for_nothing_is_closed(client: TestClient, portal: Portal, admin: dict[str, str]) -> None:
    bureau = _make(client, admin, "局")
    record = _publish(portal, "局", "a")

    refused = client.post(f"{URL}/{bureau}/close", headers=admin)
    with portal.database.transaction() as tx:
        datasets.withdraw(tx, OPERATOR, record, revision=1, successor=None, at=portal.clock())
    closed = client.post(f"{URL}/{bureau}/close", headers=admin)

    assert (refused.status_code, closed.status_code) == (409, 204)
    assert "records 1" in refused.json()["detail"]
    assert client.get(f"{URL}/{bureau}").status_code == 410
    again = client.post(
        "/api/v1/datasets",
        json={"source_key": "b", "title": "题", "publisher": {"name": "局"}},
        headers=admin,
    )
    assert (again.status_code, again.json()["field"]) == (422, "publisher.name")


def _bring(portal: Portal, path: Path) -> dict[str, int]:
    with portal.database.transaction() as tx:
        return register.bring_in(tx, OPERATOR, RowFile(path).rows(), at=portal.clock())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-8"])
def test_a_list_is_brought_in_whatever_its_order_and_encoding(portal: Portal, tmp_path: Path, encoding: str) -> None:
    _publish(portal, "泸州市环保局", "a")
    path = tmp_path / "list.csv"
    path.write_text(
        "机构名称,层级,机构类型,区划代码,上级机构,统一社会信用代码\n"
        f"泸州市环保局,市级,政府部门,510500,泸州市人民政府,{USCC}\n"
        "泸州市人民政府,city,department,5105,四川省人民政府,\n"
        "四川省人民政府,province,,510000,,\n",
        encoding,
    )

    done = _bring(portal, path)

    assert done == {"created": 2, "changed": 1}
    with portal.database.reading() as tx:
        ids = tx.organizations.called(["泸州市环保局", "泸州市人民政府", "四川省人民政府"])
        line = tx.organizations.line(ids["泸州市环保局"])
    assert line.above == (ids["泸州市环保局"], ids["泸州市人民政府"], ids["四川省人民政府"])
    assert _bring(portal, path) == {"created": 0, "changed": 3}


def test_a_list_with_mistakes_changes_nothing_and_names_every_row(portal: Portal, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "name,level,territory,parent,uscc\n"
        "好局,city,5105,,\n"
        "坏码局,city,5105,,123\n"
        "坏地局,city,9999,,\n"
        "坏级局,village,,,\n"
        "孤局,,,没有的局,\n"
        "环一,,,环二,\n"
        "环二,,,环一,\n"
        "好局,,,,\n",
        "utf-8",
    )

    with pytest.raises(RowsRefusedError) as refused:
        _bring(portal, path)

    told = [line.split(":")[:2] for line in str(refused.value.facts["rows"]).splitlines()]
    assert told == [
        ["row 3", " uscc"],
        ["row 4", " territory"],
        ["row 5", " level"],
        ["row 6", " parent"],
        ["row 7", " parent"],
        ["row 8", " parent"],
        ["row 9", " name"],
    ]
    with portal.database.reading() as tx:
        assert tx.organizations.called(["好局", "坏码局"]) == {}
