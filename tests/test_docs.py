"""What is written down agrees with the code: every setting, command, error, endpoint and dependency has its place."""

import inspect
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.testclient import TestClient
from pydantic import BaseModel

import ingest.worker  # noqa: F401 the errors that are defined there
from catalog.api.errors import status_of
from catalog.cli import app
from catalog.domain import errors
from catalog.domain.access import MAY
from catalog.domain.applications import MAY as APPLICATIONS
from catalog.domain.datasets import Dataset, Distribution, Offer
from catalog.domain.errors import CatalogError
from catalog.domain.people import Role
from catalog.settings import Settings
from ingest.mapping import names, usual
from search.facets import FACETS
from search.port import Contents, SearchIndex

ROOT = Path(__file__).parents[1]
APPLICATION_PARTS = (Role.PERSON, Role.REGISTRAR)
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")

#: Written in parts, so that this file does not hold them.
REGISTRIES = tuple(
    f"{name}.{end}"
    for name, end in (
        ("pypi", "org"),
        (f"{'python'}hosted", "org"),
        (f"registry.{'npm'}js", "org"),
        ("yarnpkg", "com"),
        ("repo1.maven", "org"),
        ("repo.maven.apache", "org"),
        ("crates", "io"),
        ("proxy.golang", "org"),
        ("rubygems", "org"),
        ("anaconda", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("mirrors.aliyun", "com"),
        ("tuna.tsinghua", "edu"),
    )
)
MACHINE_PATHS = re.compile("|".join((rf"(?<![\w.~-])/{'wo'}rk(?:/|\b)", rf"(?<![\w.~-])/{'ro'}ot/", rf"/{'ho'}me/\w")))


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _prose(text: str) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", text)


def _sections(text: str) -> dict[str, str]:
    """Heading → what stands below it, up to the next heading."""
    text = _prose(text)
    found = list(_HEADING.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return {match[2]: text[match.end() : end] for match, end in zip(found, ends, strict=True)}


def _rows(text: str) -> list[list[str]]:
    """The cells of every table row, without heads and rules."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    rules = {number for number, row in enumerate(rows) if all(re.fullmatch(r":?-+:?", cell) for cell in row)}
    return [row for number, row in enumerate(rows) if number not in rules and number + 1 not in rules]


def _name(cell: str) -> str:
    return cell.strip("`")


def _pages() -> list[Path]:
    return sorted(
        [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "samples").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
    )


def _commands(commands: Mapping[str, Any], words: tuple[str, ...] = ("shuyuan",)) -> Iterator[tuple[str, Any]]:
    for name, command in commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command.commands, (*words, name))
        else:
            yield " ".join((*words, name)), command


def _subclasses(kind: type[CatalogError]) -> Iterator[type[CatalogError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _subclasses(below)


def _of_the_project(kinds: Iterable[type[CatalogError]]) -> dict[str, type[CatalogError]]:
    return {
        kind.__name__: kind for kind in kinds if kind.__module__.partition(".")[0] in {"catalog", "ingest", "search"}
    }


COMMANDS = dict(_commands(typer.main.get_group(app).commands))
ERRORS = _of_the_project(_subclasses(CatalogError))


def test_every_setting_is_documented_with_its_default() -> None:
    documented = {
        _name(row[0]): _name(row[1]) for row in _rows(_text("docs/settings.md")) if row[0].startswith("`SHUYUAN_")
    }

    assert documented == {
        f"SHUYUAN_{name.upper()}": _default(field.default) for name, field in Settings.model_fields.items()
    }


def _default(value: object) -> str:
    if value in ("", None):
        return "empty"
    return json.dumps(value) if isinstance(value, tuple | bool) else str(value)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_documented_with_its_options(name: str) -> None:
    sections = _sections(_text("docs/cli.md"))
    parameters = [p for p in COMMANDS[name].params if p.param_type_name == "option"]
    options = {said for p in parameters for said in (*p.opts, *p.secondary_opts)}

    assert COMMANDS[name].help, f"{name} has no help"
    assert name in sections
    assert {said for row in _rows(sections[name]) for said in re.findall(r"`(--[\w-]+)`", row[0])} == options


def test_no_command_is_documented_that_does_not_exist() -> None:
    headings = {heading for heading in _sections(_text("docs/cli.md")) if heading.startswith("shuyuan ")}

    assert headings == set(COMMANDS)


def test_every_endpoint_is_documented(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    endpoints = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    documented = {h for h in _sections(_text("docs/api.md")) if re.match(r"(GET|POST|PUT|PATCH|DELETE) /", h)}

    assert documented == endpoints


def test_every_error_is_documented_with_its_status() -> None:
    documented = {_name(row[0]): row[1] for row in _rows(_text("docs/errors.md"))}

    assert documented == {name: _status(kind) for name, kind in ERRORS.items()}


def _status(kind: type[CatalogError]) -> str:
    """The status of an answer; errors from outside the domain end a command and are no answers."""
    return str(status_of(kind())) if kind.__module__ == errors.__name__ else "-"


def test_every_error_is_on_the_page_that_answers_point_to(client: TestClient) -> None:
    page = client.get("/errors", headers={"accept-language": "en"})

    assert page.status_code == 200
    answers = [name for name, kind in ERRORS.items() if kind.__module__ == errors.__name__]
    assert [name for name in answers if f'id="{name}"' not in page.text] == []


@pytest.mark.parametrize(("heading", "model"), [("Dataset", Dataset), ("Distribution", Distribution), ("Offer", Offer)])
def test_every_field_of_a_record_is_documented(heading: str, model: type[BaseModel]) -> None:
    rows = _rows(_sections(_text("docs/data-model.md"))[heading])

    assert [_name(row[0]) for row in rows] == list(model.model_fields)


def test_every_field_of_a_mapping_and_every_mapping_is_documented() -> None:
    section = _sections(_text("docs/ingest.md"))["Field mappings"]

    assert [name for name in (*usual()["fields"], *names()) if f"`{name}`" not in section] == []


def test_every_facet_and_every_method_of_the_port_is_documented() -> None:
    sections = _sections(_text("docs/search.md"))
    members = {**vars(Contents), **vars(SearchIndex)}
    methods = {name for name, member in members.items() if inspect.isfunction(member) and name[0] != "_"}

    assert [name for name in FACETS if f"`{name}`" not in sections["Facets"]] == []
    assert {said for row in _rows(sections["The port"]) for said in re.findall(r"`(\w+)`", row[0])} == methods


@pytest.mark.parametrize(
    ("heading", "group"), [("To run", ""), ("To test", "test"), ("To check", "check"), ("By choice", "vectors")]
)
def test_every_dependency_has_its_reason(heading: str, group: str) -> None:
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    wanted = project["optional-dependencies"][group] if group else project["dependencies"]
    documented = {_name(row[0]): row[1] for row in _rows(_sections(_text("docs/dependencies.md"))[heading])}

    assert set(documented) == {re.split(r"[\[<>=!~; ]", requirement)[0] for requirement in wanted}
    assert all(documented.values())


def test_the_two_readmes_have_the_same_structure() -> None:
    english, chinese = _text("README.md"), _text("README.zh-CN.md")

    assert _structure(english) == _structure(chinese)
    assert _links(english) ^ _links(chinese) == {"README.md", "README.zh-CN.md"}
    assert len(_rows(english)) == len(_rows(chinese))


def _structure(text: str) -> list[tuple[str, str]]:
    """Levels of headings, and code without its comments, in order."""
    found = [(match.start(), match[1], _code(match[2])) for match in _FENCE.finditer(text)]
    blanked = _FENCE.sub(lambda match: " " * len(match[0]), text)
    found += [(match.start(), match[1], "") for match in _HEADING.finditer(blanked)]
    return [(kind, code) for _, kind, code in sorted(found)]


def _code(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def _links(text: str) -> set[str]:
    return set(_LINK.findall(_prose(text)))


def test_the_constraints_name_versions_only() -> None:
    lines = [line for line in _text("constraints.txt").splitlines() if line]

    assert lines
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.+!]+", line)] == []


def test_the_table_of_who_may_do_what_is_the_one_in_force() -> None:
    section = _sections(_text("docs/access.md"))["Who may do what"]
    roles = [Role.APPLICANT, Role.ACCESS_OFFICER]
    expected = [
        [str(state), *(", ".join(sorted(c.__name__ for c in may.get(role, ()))) or "-" for role in roles)]
        for state, may in MAY.items()
    ]

    assert [[_name(row[0]), *row[1:]] for row in _rows(section)] == expected
    assert {role for may in MAY.values() for role in may} == set(roles)


def test_the_compose_file_is_valid_and_names_the_tested_version() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*check, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert re.findall(r"image: (elasticsearch\S*)", _text("docker-compose.yml")) == ["elasticsearch:8.19.8"]


def test_no_file_names_a_package_registry_or_a_path_of_a_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:120]}"
        for path in _files()
        for line in _lines(path)
        if MACHINE_PATHS.search(line) or any(host in line for host in REGISTRIES)
    ]

    assert found == []


def _files() -> list[Path]:
    """What is in the repository, or would be with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def _lines(path: Path) -> list[str]:
    """The lines of a text file; none of other files."""
    try:
        return path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return []


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_documentation_leads_somewhere(page: Path) -> None:
    assert [link for link in _links(page.read_text("utf-8")) if "://" not in link and not _resolves(page, link)] == []


def _resolves(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = _sections(page.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", sorted((DOCS / "adr").glob("*.md")), ids=lambda page: page.stem[:4])
def test_a_decision_is_half_a_page_of_three_parts(page: Path) -> None:
    text = page.read_text("utf-8")

    assert [match[2] for match in _HEADING.finditer(text)][1:] == ["Context", "Decision", "Consequences"]
    assert text.startswith(f"# {int(page.stem[:4])}. ")
    assert len(text.split()) < 400


def test_the_table_of_applications_is_the_one_in_force() -> None:
    section = _sections(_text("docs/organizations.md"))["Companies join by an application"]
    expected = [
        [str(state), *(", ".join(sorted(c.__name__ for c in may.get(role, ()))) or "-" for role in APPLICATION_PARTS)]
        for state, may in APPLICATIONS.items()
    ]

    assert [[_name(row[0]), *row[1:]] for row in _rows(section)] == expected
