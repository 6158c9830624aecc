"""The living page: every component of the templates, as it looks now."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request, Response

from catalog.api.deps import PortalDep, origin
from catalog.domain.datasets import Column, Distribution
from catalog.domain.runs import Run, RunState
from catalog.domain.vocabulary import LABELS, Purpose, label
from catalog.language import N_, translate
from catalog.services.search import Ask
from catalog.web.addresses import Leading
from catalog.web.datasets import MainAction, Step
from catalog.web.filters import Group, Value
from catalog.web.forms import Filled, labeled
from catalog.web.permission import open_to_all
from catalog.web.render import page
from catalog.web.visitor import VisitorDep

router = APIRouter()

_HIT = {
    "pinned": False,
    "id": "wdaci77gnihwzv2u",
    "title": "空气质量监测数据",
    "description": "全市国控站点空气质量小时值。",
    "publisher": "市生态环境局",
    "kind": "dataset",
    "standing": "public",
    "opening": "unconditional",
    "operable": True,
    "formats": ["csv", "xlsx"],
    "modified": "2026-11-20",
    "highlights": {"title": [[0, 4]]},
    "others": 12,
    "why": {
        "matches": [{"typed": "空气", "text": "空气", "rule": "word", "where": ["title"]}],
        "absent": ["2024"],
        "lifts": ["title"],
    },
}
_FILE = Distribution(
    title="小时值 2026",
    format="csv",
    media_type="text/csv",
    file="hourly.csv",
    bytes=12_582_912,
    checksum="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)
_COLUMNS = (
    Column(name="站点", type="string", meaning="监测站点名称"),
    Column(name="PM2.5", type="number", meaning="μg/m³"),
)

_NEEDED = N_("This is needed, and the other side will read it.")
_RUN = Run(
    "r1",
    "luzhou",
    "list",
    "list.json",
    "luzhou",
    RunState.RUNNING,
    "admin:operator",
    datetime(2026, 11, 20, tzinfo=UTC),
    read=6400,
    created=6120,
    updated=38,
    unchanged=240,
    rejected=2,
    total=9000,
)


@router.get("/design", dependencies=[open_to_all("The living page of what pages are made of.")])
def design(request: Request, visitor: VisitorDep, portal: PortalDep) -> Response:
    """Every component."""
    steps = [Step(portal.clock() - timedelta(days=3), "Published", "publisher", "市气象局")]
    wrong = Filled({"words": ("…",)}, {"words": translate(_NEEDED, visitor.language)})
    return page(
        request,
        visitor,
        "design.html",
        hit=_HIT,
        file=_FILE,
        columns=_COLUMNS,
        steps=steps,
        wrong=wrong,
        narrowed=Filled({"modified_from": ("2026-12-31",)}, {"modified": translate(_NEEDED, visitor.language)}),
        group=_group(visitor.language),
        action=MainAction("download", "/design", _FILE),
        labels=LABELS,
        run=_RUN,
        purposes=labeled("purpose", Purpose, visitor.language),
        at=lambda _number: "/design",
        to=Leading(Ask("空气质量", language=visitor.language)),
        origin=origin(request, portal.settings.public_url),
    )


def _group(language: str) -> Group:
    name = translate(N_("Opening"), language)
    counts = {"unconditional": 128, "conditional": 31}
    return Group(
        "opening",
        name,
        tuple(
            Value(
                f"opening-{value}",
                name,
                value,
                label("opening", value, language),
                count,
                chosen=value == "unconditional",
                without="/design",
            )
            for value, count in counts.items()
        ),
    )
