"""The commands that steer the search."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from catalog.cli import app


@pytest.fixture
def shuyuan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SHUYUAN_DATA", str(tmp_path))

    def run(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, ["search", *words, "--json"])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_a_draft_is_edited_published_and_undone(shuyuan: Any) -> None:
    shuyuan("steer", "synonym", "蓝卡通, 社会保障卡")
    shuyuan("steer", "stop", "请问", "--remove")
    shuyuan("steer", "stop", "台账", "--weak")
    shuyuan("steer", "weight", "title", "4")
    shown = shuyuan("steer", "show")
    first = shuyuan("steer", "publish", "--note", "cards")
    undone = shuyuan("steer", "undo")
    versions = shuyuan("steer", "versions")["versions"]

    assert shown["changes"] == {
        "synonyms_added": ["蓝卡通, 社会保障卡"],
        "stop_removed": ["请问"],
        "weak_added": ["台账"],
        "weights": {"title": 4.0},
    }
    assert (first["number"], undone["number"]) == (1, 2)
    assert [(v["number"], v["changes"]) for v in versions] == [(2, {}), (1, shown["changes"])]
    assert shuyuan("steer", "undo", "--to", "1")["number"] == 3
    assert shuyuan("steer", "show")["in_force"] == 3


def test_taking_back_leaves_no_change(shuyuan: Any) -> None:
    shuyuan("steer", "synonym", "蓝卡通, 社会保障卡")
    shuyuan("steer", "synonym", "蓝卡通, 社会保障卡", "--remove")
    shuyuan("steer", "pin", "空气")

    assert shuyuan("steer", "show")["changes"] == {}


def test_mistakes_are_told(shuyuan: Any) -> None:
    assert shuyuan("steer", "synonym", "蓝卡通", code=1)["error"] == "InvalidError"
    assert shuyuan("steer", "weight", "synonym", "3", code=1)["error"] == "InvalidError"
    assert shuyuan("steer", "pin", "空气", "nothing", code=1)["error"] == "InvalidError"
    assert shuyuan("steer", "undo", "--to", "9", code=1)["error"] == "NotFoundError"
    assert shuyuan("report", "nonsense", code=1)["error"] == "NotFoundError"


def test_preview_report_and_plain_words_still_work(shuyuan: Any) -> None:
    assert shuyuan("steer", "preview") == {"revision": 1, "judged": None, "frequent": []}
    assert shuyuan("report", "no-hits") == {"queries": []}
    assert shuyuan("空气质量")["total"] == 0
