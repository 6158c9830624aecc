"""Ingest on both databases: real catalogs go in whole, the ledger always adds up, nothing is lost or done twice."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.domain.datasets import identify
from catalog.domain.errors import RunBusyError
from catalog.domain.people import OPERATOR
from catalog.domain.runs import Run, RunState
from catalog.services import datasets, runs
from catalog.settings import Settings
from catalog.store.database import Database
from ingest.runner import perform

PORTALS = {
    "sichuan_luzhou": ("luzhou", 6994, 6994),
    "ningxia_ningxia": ("ningxia", 1987, 1847),
    "ningxia_yinchuan": ("yinchuan", 1005, 1005),
    "anhui_hefei": ("hefei", 321, 321),
    "anhui_huaibei": ("huaibei", 375, 375),
}
Ingest = Callable[..., Run]


@pytest.fixture
def ingest(database: Database, tmp_path: Path) -> Ingest:
    def run(kind: str, path: Path, source: str, mapping: str | None = None, **more: Any) -> Run:
        with database.transaction() as tx:
            asked = runs.ask_for(
                tx, OPERATOR, kind=kind, location=str(path), source=source, mapping=mapping, at=datetime.now(UTC)
            )
        settings = Settings(data=tmp_path, _env_file=None)
        done = perform(database, settings, asked.id, clock=lambda: datetime.now(UTC), **more)
        assert done.balanced
        return done

    return run


def counts(run: Run) -> tuple[int, int, int, int, int]:
    return run.read, run.created, run.updated, run.unchanged, run.rejected


def waiting(database: Database) -> int:
    with database.reading() as tx:
        return tx.outbox.waiting("index")


def listed(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    return path


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"标题": f"数据{number}", "提供单位": "市局", "详情页网址": f"https://x.example/{number}"} | more


def test_the_five_portals_go_in_whole_and_again_without_a_change(
    shared: Path, ingest: Ingest, database: Database
) -> None:
    for name, (mapping, read, created) in PORTALS.items():
        run = ingest("list", shared / "cn-portals" / f"{name}.json", mapping, mapping)
        assert counts(run) == (read, created, 0, read - created, 0), name
    with database.reading() as tx:
        assert tx.datasets.count() == 10_542
    before = waiting(database)

    for name, (mapping, read, _) in PORTALS.items():
        run = ingest("list", shared / "cn-portals" / f"{name}.json", mapping, mapping)
        assert counts(run) == (read, 0, 0, read, 0), name
    assert waiting(database) == before


def test_hong_kong_and_seven_us_feeds_go_in_whole(shared: Path, ingest: Ingest) -> None:
    assert counts(ingest("ckan", shared / "hk-ckan" / "packages.jsonl", "hk")) == (742, 742, 0, 0, 0)
    total = 0
    for feed in sorted((shared / "us-datajson").glob("*.json")):
        run = ingest("datajson", feed, feed.stem)
        assert run.rejected == 0
        total += run.created
    assert total == 11 + 465 + 482 + 59 + 339 + 134 + 233


def test_positions_of_every_copy_are_recorded(shared: Path, ingest: Ingest, database: Database) -> None:
    run = ingest("list", shared / "cn-portals" / "ningxia_ningxia.json", "ningxia", "ningxia")

    with database.reading() as tx:
        met = [p for stored in tx.datasets.everything() for p in tx.runs.positions([stored.id], [run.id])[stored.id]]
    assert sorted(met) == list(range(1987))


def test_a_repeated_key_is_unchanged_or_a_rejected_duplicate(
    tmp_path: Path, ingest: Ingest, database: Database
) -> None:
    path = listed(tmp_path / "a.json", [row(1), row(1), row(1, 摘要="别的"), row(2)])

    run = ingest("list", path, "s", "auto")

    assert counts(run) == (4, 2, 0, 1, 1)
    with database.reading() as tx:
        [rejected] = runs.rejections(tx, run.id)
    assert (rejected["position"], rejected["key"]) == (2, "https://x.example/1")
    assert "other content" in rejected["reason"]


def test_a_change_is_one_update(tmp_path: Path, ingest: Ingest, database: Database) -> None:
    path = listed(tmp_path / "a.json", [row(1), row(2)])
    ingest("list", path, "s", "auto")
    listed(path, [row(1), row(2, 摘要="新的")])

    run = ingest("list", path, "s", "auto")

    assert counts(run) == (2, 0, 1, 1, 0)
    assert waiting(database) == 3


def test_what_is_gone_from_the_source_is_withdrawn_and_comes_back(
    tmp_path: Path, ingest: Ingest, database: Database
) -> None:
    path = listed(tmp_path / "a.json", [row(n) for n in range(10)])
    ingest("list", path, "s", "auto")

    listed(path, [row(n) for n in range(9)])
    run = ingest("list", path, "s", "auto")
    assert (counts(run), run.withdrawn) == ((9, 0, 0, 9, 0), 1)

    listed(path, [row(n) for n in range(10)])
    assert counts(ingest("list", path, "s", "auto")) == (10, 0, 1, 9, 0)
    with database.reading() as tx:
        assert tx.datasets.count(source="s") == 10


def test_more_than_a_stated_share_is_never_withdrawn_by_itself(
    tmp_path: Path, ingest: Ingest, database: Database
) -> None:
    path = listed(tmp_path / "a.json", [row(n) for n in range(10)])
    ingest("list", path, "s", "auto")

    run = ingest("list", listed(path, [row(1)]), "s", "auto")

    assert (run.state, run.withdrawn) == (RunState.HELD, 0)
    assert "9 of 10" in (run.problem or "")
    with database.reading() as tx:
        assert tx.datasets.count(source="s") == 10


def test_a_row_that_is_rejected_now_is_not_gone(tmp_path: Path, ingest: Ingest, database: Database) -> None:
    path = listed(tmp_path / "a.json", [row(n) for n in range(10)])
    ingest("list", path, "s", "auto")
    listed(path, [row(n) | ({"提供单位": ""} if n == 3 else {"标题": "空\0"} if n == 7 else {}) for n in range(10)])

    run = ingest("list", path, "s", "auto")

    assert (counts(run), run.withdrawn) == ((10, 0, 0, 8, 2), 0)
    with database.reading() as tx:
        assert tx.datasets.count(source="s") == 10


def test_what_a_person_has_withdrawn_stays_withdrawn(tmp_path: Path, ingest: Ingest, database: Database) -> None:
    path = listed(tmp_path / "a.json", [row(1), row(2)])
    ingest("list", path, "s", "auto")
    gone, successor = identify("s", "https://x.example/1"), identify("s", "https://x.example/2")
    with database.transaction() as tx:
        datasets.withdraw(tx, OPERATOR, gone, revision=1, successor=successor, at=datetime.now(UTC))

    assert counts(ingest("list", path, "s", "auto")) == (2, 0, 0, 2, 0)
    with database.reading() as tx:
        stored = tx.datasets.get(gone)
    assert stored is not None
    assert (stored.revision, stored.successor) == (2, successor)


def test_an_interrupted_run_over_a_file_that_has_changed_begins_anew(
    tmp_path: Path, ingest: Ingest, database: Database
) -> None:
    path = listed(tmp_path / "a.json", [row(n) for n in range(1700)])
    ingest("list", path, "s", "auto", stopping=lambda: True)
    listed(path, [row(n) for n in reversed(range(1701))])

    run = ingest("list", path, "s", "auto")

    assert counts(run) == (1701, 701, 0, 1000, 0)
    with database.reading() as tx:
        assert tx.datasets.count(source="s") == 1701


def test_an_interrupted_run_gives_way_to_one_of_another_file(
    tmp_path: Path, ingest: Ingest, database: Database
) -> None:
    old = ingest("list", listed(tmp_path / "a.json", [row(n) for n in range(1700)]), "s", "auto", stopping=lambda: True)
    (tmp_path / "a.json").unlink()

    run = ingest("list", listed(tmp_path / "b.json", [row(n) for n in range(1700)]), "s", "auto")

    assert counts(run) == (1700, 700, 0, 1000, 0)
    with database.reading() as tx:
        ended = runs.read(tx, old.id)
    assert (ended.state, ended.balanced) == (RunState.FAILED, True)


def test_a_feed_that_breaks_off_withdraws_nothing(tmp_path: Path, ingest: Ingest, database: Database) -> None:
    path = listed(tmp_path / "a.json", [row(n) for n in range(10)])
    ingest("list", path, "s", "auto")
    path.write_text(path.read_text("utf-8")[:-60], "utf-8")

    run = ingest("list", path, "s", "auto")

    assert (run.state, run.withdrawn) == (RunState.FAILED, 0)
    assert "not well formed" in (run.problem or "")
    with database.reading() as tx:
        assert tx.datasets.count(source="s") == 10


def test_the_mess_of_real_sources_is_kept_or_rejected_with_a_reason(
    tmp_path: Path, ingest: Ingest, database: Database
) -> None:
    path = listed(
        tmp_path / "a.json",
        [
            row(1, 标题="", 摘要="<p>空气<b>质量</b></p>"),
            row(2, 更新时间="2023-02-31", 发布时间="2023年6月1日", 备注="别丢"),
            {"标题": "没有部门"},
            row(4, 标签="水,医疗（卫生）", 统一社会信用代码="瞎写的"),
            row(5, 详情页网址="不是网址"),
            {"标题": "x" * 5000, "提供单位": "局" * 400, "详情页网址": "https://x.example/6"},
        ],
    )

    run = ingest("list", path, "s", "auto")

    assert counts(run) == (6, 4, 0, 0, 2)
    assert run.unplaced == ("备注",)
    with database.reading() as tx:
        kept = {s.source_key: s.dataset for s in tx.datasets.everything()}
        reasons = [r["reason"] for r in runs.rejections(tx, run.id)]
    assert kept["https://x.example/1"].title == {"zh": "空气质量"}
    second = kept["https://x.example/2"]
    assert (str(second.issued), second.modified) == ("2023-06-01", None)
    assert second.extra == {"备注": "别丢", "更新时间": "2023-02-31"}
    assert kept["https://x.example/4"].keywords == ("水", "医疗（卫生）")
    assert kept["https://x.example/4"].extra == {"统一社会信用代码": "瞎写的"}
    assert kept["不是网址"].landing_page is None
    assert reasons[0].startswith("publisher")
    assert reasons[1].startswith("publisher.name")


def test_a_run_that_stops_goes_on_where_it_was(tmp_path: Path, ingest: Ingest, database: Database) -> None:
    path = listed(tmp_path / "a.json", [row(n) for n in range(1700)])

    stopped = ingest("list", path, "s", "auto", stopping=lambda: True)
    assert (stopped.state, stopped.read, stopped.cursor) == (RunState.RUNNING, 1000, 1000)

    done = ingest("list", path, "s", "auto")
    assert done.id == stopped.id
    assert counts(done) == (1700, 1700, 0, 0, 0)


KILLED = """
import os, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from catalog.domain.people import OPERATOR
from catalog.services import runs
from catalog.store.database import Database
import ingest.runner
from catalog.settings import Settings

ingest.runner.LEASE = timedelta(seconds=1)
database, after = Database(sys.argv[1]), int(sys.argv[3])
with database.transaction() as tx:
    run = runs.ask_for(
        tx, OPERATOR, kind="list", location=sys.argv[2], source="s", mapping="auto", at=datetime.now(UTC))
batches = 0
def progress(now):
    global batches
    batches += 1
    if batches == after:
        os.kill(os.getpid(), 9)
done = ingest.runner.perform(
    database, Settings(data=Path(sys.argv[4])), run.id, clock=lambda: datetime.now(UTC), progress=progress)
print(done.read, done.created, done.updated, done.unchanged, done.rejected)
"""


def test_killed_again_and_again_it_still_counts_each_row_once(
    tmp_path: Path, database: Database, ingest: Ingest
) -> None:
    path = listed(tmp_path / "a.json", [row(n) for n in range(3200)])

    def attempt(after: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", KILLED, database.url, str(path), str(after), str(tmp_path)],
            check=False,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    assert [attempt(n).returncode for n in (1, 2, 1)] == [-9, -9, -9]
    last = attempt(0)

    assert (last.returncode, last.stdout.split()) == (0, ["3200", "3200", "0", "0", "0"]), last.stderr
    with database.reading() as tx:
        assert tx.datasets.count(source="s") == 3200
        assert tx.outbox.waiting("index") == 3200


def test_a_run_that_is_under_way_excludes_another(tmp_path: Path, ingest: Ingest, database: Database) -> None:
    path = listed(tmp_path / "a.json", [row(n) for n in range(1700)])
    other = listed(tmp_path / "b.json", [row(1)])

    def meddle(_run: Run) -> None:
        with pytest.raises(RunBusyError):
            ingest("list", other, "s", "auto")

    assert counts(ingest("list", path, "s", "auto", progress=meddle)) == (1700, 1700, 0, 0, 0)


def test_files_beside_a_list_come_with_their_records(tmp_path: Path, ingest: Ingest, database: Database) -> None:
    (tmp_path / "list" / "files").mkdir(parents=True)
    (tmp_path / "list" / "files" / "air.csv").write_text("站点,PM2.5\n一中,35\n", "utf-8")
    (tmp_path / "secret.csv").write_text("x", "utf-8")
    path = listed(tmp_path / "list" / "a.json", [row(1, 数据文件=["files/air.csv", "../secret.csv", "/etc/hosts"])])

    ingest("list", path, "s", "auto")

    with database.reading() as tx:
        [stored] = tx.datasets.everything()
    [part] = stored.dataset.distributions
    assert (part.file, part.format, part.bytes) == ("air.csv", "csv", 23)
    assert (tmp_path / "files" / stored.id / "air.csv").read_text("utf-8").startswith("站点")
    assert sorted(p.name for p in (tmp_path / "files" / stored.id).iterdir()) == ["air.csv"]
    assert stored.dataset.extra == {"数据文件": ["../secret.csv", "/etc/hosts"]}


def test_the_sample_catalog_goes_in_whole(ingest: Ingest) -> None:
    samples = Path(__file__).parents[2] / "samples"
    created = [
        ingest(kind, samples / name, f"s{n}", "auto" if kind == "list" else None)
        for n, (kind, name) in enumerate(
            [
                ("list", "portal-list.json"),
                ("ckan", "catalog.jsonl"),
                ("datajson", "data.json"),
                ("list", "department-list.xlsx"),
            ]
        )
    ]

    assert [counts(run) for run in created] == [(n, n, 0, 0, 0) for n in (24, 12, 10, 14)]
    assert all(not run.unplaced for run in created)


def test_a_list_of_two_hundred_thousand_rows_is_streamed(tmp_path: Path) -> None:
    """Memory stays flat while rows are read; the run itself is measured by the benchmarks."""
    import tracemalloc  # noqa: PLC0415

    from catalog.formats.rows import RowFile  # noqa: PLC0415

    path = tmp_path / "large.json"
    with path.open("w", encoding="utf-8") as out:
        out.write("[")
        out.writelines(("," if n else "") + json.dumps(row(n), ensure_ascii=False) for n in range(200_000))
        out.write("]")
    tracemalloc.start()
    read = sum(1 for _ in RowFile(path).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert read == 200_000
    assert peak < 8 << 20
