"""Rows out of whatever a list is written in: the content decides, not the name."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from catalog.domain.errors import SourceBrokenError
from catalog.formats.rows import RowFile

ROWS = [{"标题": "空气质量", "提供方": "市局"}, {"标题": "医疗（卫生）", "提供方": "区局"}]
TEXT = "标题,提供方\n空气质量,市局\n医疗（卫生）,区局\n" * 1


def rows(path: Path, **more: Any) -> list[dict[str, Any]]:
    return list(RowFile(path, **more).rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_csv_in_the_encodings_of_portals(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((TEXT * 1).encode(encoding))

    assert rows(path) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_json_arrays_and_lines(tmp_path: Path, encoding: str) -> None:
    array, lines = tmp_path / "a", tmp_path / "b"
    array.write_bytes(json.dumps(ROWS, ensure_ascii=False).encode(encoding))
    lines.write_bytes("\n".join(json.dumps(r, ensure_ascii=False) for r in ROWS).encode(encoding))

    assert rows(array) == rows(lines) == ROWS


def test_an_excel_file_that_is_called_csv(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["标题", "提供方"], *([r["标题"], r["提供方"]] for r in ROWS)):
        book.active.append(line)
    book.save(tmp_path / "a.xlsx")
    path = (tmp_path / "a.xlsx").rename(tmp_path / "a.csv")

    assert rows(path) == ROWS


def test_quoted_line_breaks_missing_and_surplus_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a;b;c\n"1\n2";x\n\n3;y;z;more\n', "utf-8")

    assert rows(path) == [{"a": "1\n2", "b": "x"}, {"a": "3", "b": "y", "c": "z", "列4": "more"}]


def test_doubled_quotes_are_one_whatever_the_head_line_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        '标题,提供方,页\n"公积金,""测""\n二行",乙局,https://x/1\n"公积""测"",x",乙局,https://x/2\n', "utf-8"
    )

    assert rows(path) == [
        {"标题": '公积金,"测"\n二行', "提供方": "乙局", "页": "https://x/1"},
        {"标题": '公积"测",x', "提供方": "乙局", "页": "https://x/2"},
    ]


@pytest.mark.parametrize("content", [b'[{"a": 1}, {"b"', b'[{"a": 1},, ]', b"PK\x03\x04 no zip"])
def test_a_broken_file_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)

    with pytest.raises(SourceBrokenError, match="not well formed"):
        rows(path)


def test_an_empty_file_has_no_rows_and_a_missing_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    assert rows(tmp_path / "empty") == []
    with pytest.raises(SourceBrokenError, match="nowhere"):
        rows(tmp_path / "nowhere")


def test_real_tables_of_beijing(shared: Path) -> None:
    counts = {path.name: len(rows(path)) for path in sorted((shared / "beijing-tables").iterdir())}

    assert len(counts) == 12
    assert all(counts.values()), counts
    first = rows(shared / "beijing-tables" / "昌平区上市企业名单.csv")[0]
    assert all("\ufffd" not in f"{k}{v}" for k, v in first.items())
