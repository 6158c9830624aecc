"""Files by their content: what is taken, and what is refused whatever its name says."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.domain.errors import UnsafeFileError
from catalog.services import filetypes
from catalog.services.filetypes import check

SAMPLES = Path(__file__).parents[2] / "samples"


def refused(folder: Path, name: str, content: bytes) -> str:
    """Why a file is refused; '' where it is taken."""
    path = folder / "part"
    path.write_bytes(content)
    try:
        check(path, name)
    except UnsafeFileError as error:
        return str(error)
    return ""


def package(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "x" * 5000)
    return made.getvalue()


def workbook() -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    book.add_worksheet().write(0, 0, "站点")
    book.close()
    return made.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 100


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "站点,值\n1,2\n".encode()),
        ("a.csv", "站点,值\n".encode("gb18030")),
        ("a.csv", "站点,值\n".encode("utf-16")),
        ("a.csv", b"MZ,PK\n1,2\n"),
        ("a.csv", b"text\n<script>alert(1)</script>\n"),
        ("a.csv", b""),
        ("a.json", b' {"a": 1}'),
        ("a.geojson", b"\xef\xbb\xbf[1]"),
        ("a.xml", b'<?xml version="1.0"?><rows><row a="1"/></rows>'),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'),
        ("a.xlsx", workbook()),
        ("a.docx", package("[Content_Types].xml", "word/document.xml")),
        ("a.xls", OLE),
        ("a.zip", package("data.csv")),
        ("a.pdf", b"%PDF-1.7\n"),
        ("a.png", PNG),
        ("a.parquet", b"PAR1" + b"\0" * 50),
        ("a.shp", b"\x00\x00\x27\x0a" + b"\0" * 96),
        ("data", b"anything"),
    ],
)
def test_data_is_taken(tmp_path: Path, name: str, content: bytes) -> None:
    assert refused(tmp_path, name, content) == ""


@pytest.mark.parametrize("path", sorted((SAMPLES / "files").iterdir()), ids=lambda path: path.name)
def test_the_samples_are_taken(path: Path) -> None:
    check(path, path.name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"anything"),
        ("a.sh", b"echo"),
        ("a.xlsx", b"MZ\x90\0\3" + b"\0" * 100),
        ("a.csv", b"MZ\x90\0\3" + b"\0" * 100),
        ("data", b"\x7fELF\2\1\1" + b"\0" * 100),
        ("a.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("a.png", b"\xca\xfe\xba\xbe\0\0"),
    ],
)
def test_programs_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    assert refused(tmp_path, name, content) == "This file is a program."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"text"),
        ("a.csv", b"  <!DOCTYPE html><p>"),
        ("a.xml", b"\xef\xbb\xbf<HTML >"),
        ("a.txt", "<html>".encode("utf-16")),
        ("a.pdf", b"<script>alert(1)</script>"),
    ],
)
def test_pages_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    assert refused(tmp_path, name, content) == "This file is a web page."


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<svg onload="alert(1)"/>',
        b'<svg><a href="JavaScript:alert(1)"/></svg>',
        b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"<svg>" + b" " * (filetypes._CHUNK - 10) + b"<script>x</script></svg>",
    ],
)
@pytest.mark.parametrize("name", ["a.svg", "a.xml"])
def test_markup_with_scripts_is_refused_wherever_they_are(tmp_path: Path, name: str, content: bytes) -> None:
    assert refused(tmp_path, name, content) == "This file holds scripts."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsm", workbook()),
        ("a.xlsx", package("xl/workbook.xml", "xl/vbaProject.bin")),
        ("a.docx", package("word/document.xml", "word/VBAPROJECT.BIN")),
        ("a.zip", package("xl/workbook.xml", "xl/vbaProject.bin")),
        ("a.xls", OLE + "_VBA_PROJECT_CUR".encode("utf-16-le")),
    ],
)
def test_office_files_with_macros_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    assert refused(tmp_path, name, content) == "This file may hold macros."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", PNG),
        ("a.json", b"a,b\n1,2\n"),
        ("a.xml", b"{}"),
        ("a.xlsx", package("word/document.xml")),
        ("a.xlsx", b"a,b\n"),
        ("a.xls", workbook()),
        ("a.pdf", package("a")),
        ("a.png", b"%PDF-1.7\n" + b"\0" * 50),
        ("a.parquet", package("a")),
    ],
)
def test_what_is_not_what_it_claims_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    assert refused(tmp_path, name, content).startswith("The content of this file is not ")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(max_size=200), st.sampled_from(["csv", "json", "xlsx", "pdf", "png", "zip", ""]))
def test_whatever_is_sent_is_taken_or_refused(tmp_path: Path, content: bytes, form: str) -> None:
    refused(tmp_path, f"a.{form}", content)
