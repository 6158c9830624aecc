"""What a reader may not see does not exist for him: random records, filters and queries against a plain scan."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.people import OPERATOR
from catalog.services import datasets, indexing
from catalog.services.search import Ask, search
from catalog.services.walking import START, walk
from catalog.store.database import Database
from search.port import SearchIndex
from search.snapshots import Snapshots

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SOURCES = count()

titles = st.lists(
    st.sampled_from(["空气", "质量", "监测", "水质", "公交", "2022年", "PM2.5", "（一）"]), min_size=1, max_size=4
).map("".join)
publishers = st.sampled_from(["市气象局", "市生态环境局", "县教育局"])
themes = st.lists(st.sampled_from(["环境", "交通", "教育"]), max_size=2, unique=True)


@dataclass(frozen=True)
class Row:
    """A record as the scan knows it."""

    title: str
    publisher: str
    themes: list[str]
    visibility: str
    withdrawn: bool
    id: str = field(default="", compare=False)

    @property
    def texts(self) -> list[str]:
        return [self.title, self.publisher, *self.themes]

    @property
    def seen(self) -> bool:
        return self.visibility == "public" and not self.withdrawn


rows = st.lists(
    st.builds(
        Row,
        titles,
        publishers,
        themes,
        st.sampled_from(["public", "public", "private", "draft"]),
        st.sampled_from([False, False, True]),
    ),
    min_size=1,
    max_size=12,
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "publisher": st.lists(publishers, min_size=1, max_size=2, unique=True).map(tuple),
        "theme": st.lists(st.sampled_from(["环境", "交通", "教育", ""]), min_size=1, max_size=2, unique=True).map(
            tuple
        ),
    },
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.upgrade()
    yield database
    database.close()


def written(database: Database, index: SearchIndex, source: str, wanted: list[Row]) -> list[Row]:
    found = []
    with database.transaction() as tx:
        for number, row in enumerate(wanted):
            record = Dataset.model_validate(
                {
                    "title": row.title,
                    "publisher": {"name": row.publisher},
                    "themes": row.themes,
                    "visibility": row.visibility,
                }
            )
            stored = datasets.publish(tx, OPERATOR, Identity(source=source, source_key=str(number)), record, at=NOW)
            if row.withdrawn:
                datasets.withdraw(tx, OPERATOR, stored.id, revision=stored.revision, successor=None, at=NOW)
            found.append(Row(row.title, row.publisher, row.themes, row.visibility, row.withdrawn, stored.id))
    while indexing.drain(database, index):
        pass
    return found


def fits(row: Row, chosen: dict[str, tuple[str, ...]], *, but: str = "") -> bool:
    values = {"publisher": [row.publisher], "theme": row.themes or [""]}
    return all(set(values[name]) & set(wanted) for name, wanted in chosen.items() if name != but)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=rows, chosen=filters, start=st.integers(0, 3), length=st.integers(2, 4), at=st.integers(0, 11))
def test_hits_totals_and_counts_are_those_of_a_plain_scan(
    database: Database,
    index: SearchIndex,
    wanted: list[Row],
    chosen: dict[str, tuple[str, ...]],
    start: int,
    length: int,
    at: int,
) -> None:
    source = f"s{next(_SOURCES)}"
    known = written(database, index, source, wanted)
    phrase = known[at % len(known)].title[start : start + length].strip("（）")
    words = f'"{phrase}"' if phrase and "." not in (phrase[0], phrase[-1]) else ""
    has = {row.id for row in known if row.seen and (not words or any(_stands_in(phrase, t) for t in row.texts))}

    ask = Ask(words, {**chosen, "source": (source,)}, ("publisher", "theme"), size=100)
    found = search(index, ask)
    snapshots = Snapshots(timedelta(minutes=1))
    walked = walk(index, snapshots, ask, START, NOW)
    snapshots.close()

    expected = [row for row in known if row.id in has and fits(row, chosen)]
    event(f"{len(expected)} of {len(known)} found, {sum(not row.seen for row in known)} hidden")
    assert {hit["id"] for hit in found["hits"]} == {row.id for row in expected}
    assert {hit["id"] for hit in walked["hits"]} == {row.id for row in expected}
    assert found["total"] == walked["total"] == len(expected)
    for name in ("publisher", "theme"):
        open_to = [row for row in known if row.id in has and fits(row, chosen, but=name)]
        values = Counter(v for row in open_to for v in ([row.publisher] if name == "publisher" else row.themes or [""]))
        assert {c["value"]: c["count"] for c in found["facets"][name]} == dict(values)


def _stands_in(phrase: str, title: str) -> bool:
    """Character by character; Latin words and numbers are one character."""
    import re  # noqa: PLC0415

    unit = re.compile(r"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*|\w|[^\w]+")
    wanted, there = unit.findall(phrase), unit.findall(title)
    return any(there[n : n + len(wanted)] == wanted for n in range(len(there)))
