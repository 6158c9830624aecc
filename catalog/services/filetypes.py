"""Whether a file is what its name claims, by its content; and what is refused whatever it claims.

One pass over the file finds all that is looked for, so a large file needs no memory.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import puremagic

from catalog.domain.errors import UnsafeFileError

_CHUNK = 1 << 20
#: As long as the longest thing that is looked for: pieces overlap by so much.
_OVERLAP = 64
_HEAD = 4096

_PROGRAMS = frozenset({
    "apk", "app", "bat", "cgi", "class", "cmd", "com", "cpl", "deb", "dll", "dmg", "elf", "exe", "hta", "jar", "js",
    "jse", "lnk", "mjs", "msc", "msi", "php", "pif", "ps1", "py", "reg", "rpm", "scr", "sh", "so", "sys", "vb", "vbe",
    "vbs", "wasm", "wsf",
})  # fmt: skip
_PAGES = frozenset({"htm", "html", "mht", "mhtml", "shtml", "svgz", "xht", "xhtml"})
_WITH_MACROS = frozenset({
    "docm", "dotm", "potm", "ppam", "ppsm", "pptm", "sldm", "xla", "xlam", "xlsb", "xlsm", "xltm",
})  # fmt: skip
_TEXTS = frozenset({
    "csv", "geojson", "gml", "json", "jsonl", "kml", "md", "ndjson", "rdf", "svg", "tsv", "ttl", "txt", "xml",
})  # fmt: skip
#: Office documents → what each has inside.
_OFFICE = {"xlsx": b"xl/workbook.xml", "docx": b"word/document.xml", "pptx": b"ppt/presentation.xml"}
#: How what is claimed begins.
_BEGINNINGS = {
    "pdf": (b"%PDF-",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
    "gz": (b"\x1f\x8b",),
    **dict.fromkeys(_OFFICE, (b"PK\x03\x04",)),
}
_PROGRAM = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\0asm", b"#!")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe)[\s>]", re.IGNORECASE)
#: What runs when markup is shown.
_SCRIPT = re.compile(rb"<(?:\w+:)?script[\s>/]|\son[a-z]{3,30}\s*=\s*[\"']|javascript:|<!entity\s", re.IGNORECASE)
#: Where macros live: in the packages of today, and in the older files, whose names are in UTF-16.
_MACROS = re.compile(rb"vbaProject\.bin|" + re.escape("_VBA_PROJECT".encode("utf-16-le")), re.IGNORECASE)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def check(path: Path, name: str) -> None:
    """UnsafeFileError where a file is a program, a page, holds macros or scripts, or is not what its name claims."""
    form = PurePosixPath(name).suffix[1:].lower()
    with path.open("rb") as file:
        head = file.read(_HEAD)
    _check_name(form)
    text = form in _TEXTS
    if _is_program(head, text=text):
        raise UnsafeFileError("This file is a program.", field="file", cure="Send the data alone.")
    _check_content(path, head)
    if not _claims_rightly(path, form, head):
        raise UnsafeFileError(
            "The content of this file is not {form}.",
            field="file",
            form=form,
            cure="Give it the ending of what it is, or save it anew.",
        )


def _check_name(form: str) -> None:
    if form in _PROGRAMS:
        raise UnsafeFileError("This file is a program.", field="file", cure="Send the data alone.")
    if form in _PAGES:
        raise UnsafeFileError("This file is a web page.", field="file", cure="Send it as PDF or text.")
    if form in _WITH_MACROS:
        raise UnsafeFileError("This file may hold macros.", field="file", cure="Save it without macros, as .xlsx.")


def _is_program(head: bytes, *, text: bool) -> bool:
    # The name of a column may begin with the same two letters; a program has zeros soon.
    return head.startswith(_PROGRAM) and (head.startswith(b"#!") or b"\0" in head or not text)


def _check_content(path: Path, head: bytes) -> None:
    start = _plain(head).lstrip()
    markup = start.startswith(b"<")
    if markup and _PAGE.match(start):
        raise UnsafeFileError("This file is a web page.", field="file", cure="Send it as PDF or text.")
    office = head.startswith((b"PK", b"\xd0\xcf\x11\xe0"))
    for piece in _pieces(path) if markup or office else ():
        if markup and _SCRIPT.search(_plain(piece)):
            raise UnsafeFileError("This file holds scripts.", field="file", cure="Take them out.")
        if office and _MACROS.search(piece):
            raise UnsafeFileError("This file may hold macros.", field="file", cure="Save it without macros, as .xlsx.")


def _claims_rightly(path: Path, form: str, head: bytes) -> bool:
    if form in _TEXTS:
        return (
            _is_text(head)
            and (form not in {"xml", "svg", "rdf", "kml", "gml"} or _begins(head, b"<"))
            and (form not in {"json", "geojson"} or _begins(head, b"{", b"["))
        )
    if form in _BEGINNINGS and not head.startswith(_BEGINNINGS[form]):
        return False
    if form in _OFFICE:
        return any(_OFFICE[form] in piece for piece in _pieces(path))
    return form in _BEGINNINGS or _is_known_as(form, head)


def _is_known_as(form: str, head: bytes) -> bool:
    """What is recognized has to be what is claimed; what nobody recognizes may be anything."""
    try:
        known = {match.extension.lstrip(".").lower() for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return True
    return form in known or not known & {"pdf", "zip", "exe", "doc", "xls", "html", "svg", "elf", "class", "gz"}


def _is_text(head: bytes) -> bool:
    return head.startswith(_BOMS[1:]) or not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head)


def _begins(head: bytes, *marks: bytes) -> bool:
    return _plain(head).lstrip().startswith(marks)


def _plain(text: bytes) -> bytes:
    """Text as bytes of ASCII, whichever of the usual encodings it is in."""
    return text.removeprefix(_BOMS[0]).removeprefix(_BOMS[1]).removeprefix(_BOMS[2]).replace(b"\0", b"")


def _pieces(path: Path) -> Iterator[bytes]:
    """The file piece by piece, each with the end of the one before."""
    with path.open("rb") as file:
        last = b""
        while chunk := file.read(_CHUNK):
            yield last + chunk
            last = (last + chunk)[-_OVERLAP:]
