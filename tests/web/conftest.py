"""A small catalog with something of everything; over HTTP in this process, and served to a real browser."""

import io
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from fastapi.testclient import TestClient

from catalog.app import create_app
from catalog.domain.access import Approve, Wish
from catalog.domain.accounts import LinkKind
from catalog.domain.applications import Company
from catalog.domain.audit import Act
from catalog.domain.datasets import Column, Dataset, Identity, Offer, Publisher, Restriction
from catalog.domain.errors import AddressRefusedError
from catalog.domain.networks import Use
from catalog.domain.organizations import Description, OrganizationKind
from catalog.domain.people import OPERATOR, Level, Membership, Role
from catalog.domain.registers import License
from catalog.domain.runs import Run, RunState
from catalog.domain.tokens import digest, mint
from catalog.domain.vocabulary import Kind, Opening, Purpose
from catalog.portal import Portal
from catalog.services import (
    access,
    applications,
    datasets,
    facts,
    files,
    glass,
    indexing,
    keys,
    links,
    members,
    organizations,
    people,
    products,
    succession,
)
from catalog.services.facts import Issue
from catalog.services.networks import Gate
from catalog.settings import Settings
from catalog.store.database import Transaction
from catalog.wiring import open_portal
from tests.actors import acting
from tests.people import add_person, add_second_factor
from tests.receivers import allow

HOSTILE = "<script>alert(1)</script>\"'&"
PUBLISHER, BANK = "省大数据局", "某银行"
PERSON, WITH_CODE = "chen.jing@example.cn", "zhao.lei@example.cn"


@dataclass(frozen=True)
class Filled:
    """What the catalog of these tests holds."""

    portal: Portal
    open_id: str
    product_id: str
    hostile_id: str
    withdrawn_id: str
    request_id: str
    granted_id: str
    run_id: str
    waiting_run_id: str
    network_id: str
    organization_id: str
    ended_id: str
    invitation: str
    application_id: str
    fact_id: str
    person_id: str
    emergency_id: str
    secrets: dict[str, str]
    #: Of links that were sent.
    sign_up_token: str
    reset_token: str
    address_token: str


def fill(portal: Portal) -> Filled:
    """About thirty records, a kept file, a product, two requests, two runs and a key for each role."""
    for number in range(26):
        _publish(portal, f"plain-{number}", **_plain(number))
    with portal.database.transaction() as tx:
        tx.licenses.add_missing([License("hostile", {"zh": HOSTILE}, "javascript:alert(1)")])
    hostile = _publish(
        portal,
        "hostile",
        license="hostile",
        title={"zh": HOSTILE, "en": HOSTILE},
        description={"zh": HOSTILE},
        keywords=[HOSTILE],
        extra={HOSTILE: HOSTILE},
        opening="none",
    )
    withdrawn = _withdrawn(portal, successor=hostile)
    product = _product(portal, made_from=(hostile,))
    first, second = _ask(portal, product, "贷前核验"), _ask(portal, product, "研究")
    with portal.database.transaction() as tx:
        officer = acting(tx, Role.ACCESS_OFFICER, PUBLISHER)
        access.act(tx, officer, second, Approve(5, 30, "请注明来源"), at=portal.clock())
    filled = Filled(
        portal,
        _kept(portal),
        product,
        hostile,
        withdrawn,
        first,
        second,
        *_runs(portal),
        _network(portal),
        *_tree(portal),
        _fact(portal),
        *_emergency(portal),
        _keys(portal),
        *_accounts(portal),
    )
    while indexing.drain(portal.database, portal.index):
        pass
    return filled


def _plain(number: int) -> dict[str, object]:
    return {
        "title": {"zh": f"空气质量监测数据 {number}", "en": f"Air quality readings {number}"},
        "description": {"zh": "全市站点小时值。" * 8, "en": "Hourly values of every station. " * 4},
        "themes": ["生态环境" if number % 2 else "交通运输"],
        "keywords": ["空气", "PM2.5"],
        "license": "cn-open" if number % 2 else "cc-by-4.0",
        "opening": ("unconditional", "conditional", "none")[number % 3],
        "operable": bool(number % 2),
        "frequency": "daily",
        "issued": "2025-01-05",
        "modified": f"2026-{number % 9 + 1:02}-11",
        "landing_page": "https://data.example.gov.cn/x",
        "distributions": [{"format": ("csv", "xlsx", "api")[number % 3], "url": "https://data.example.gov.cn/x.csv"}],
        "publisher": {"name": f"市生态环境局{number % 8}"},
    }


def _publish(portal: Portal, key: str, **said: object) -> str:
    identity = Identity(source="tests", source_key=key)
    record = Dataset.model_validate({"publisher": {"name": "市气象局"}, **said})
    kept = frozenset(part.file for part in record.distributions if part.file)
    with portal.database.transaction() as tx:
        return datasets.publish(tx, OPERATOR, identity, record, at=portal.clock(), kept=kept).id


def _kept(portal: Portal) -> str:
    identity = Identity(source="tests", source_key="kept")
    part = files.keep(
        io.BytesIO("站点,AQI\n松溪路站,43\n白鹭洲站,41\n".encode()),
        "hourly.csv",
        portal.settings.files_folder / identity.id,
    )
    part = part.model_copy(update={"columns": (Column(name="站点", type="string", meaning="名称"),)})
    return _publish(
        portal,
        "kept",
        title={"zh": "站点小时数据", "en": "Hourly data of stations"},
        description={"zh": "第一句。第二句。"},
        opening="unconditional",
        license="cn-open",
        distributions=[part.model_dump()],
        extra={"备注": {"a": 1}},
    )


def _withdrawn(portal: Portal, successor: str) -> str:
    old = _publish(portal, "old", title="旧数据")
    with portal.database.transaction() as tx:
        datasets.withdraw(tx, OPERATOR, old, revision=1, successor=successor, at=portal.clock())
    return old


def _product(portal: Portal, made_from: tuple[str, ...]) -> str:
    product = Dataset(
        kind=Kind.QUERY,
        title={"zh": "企业信用核验", "en": "Credit check"},
        publisher=Publisher(name=PUBLISHER),
        license="cn-operation",
        opening=Opening.CONDITIONAL,
        operable=True,
        made_from=made_from,
        opening_restriction=Restriction(basis="办法", conditions="留存授权"),
        offer=Offer(purposes=(Purpose.BUSINESS, Purpose.RESEARCH), calls=100, days=90),
    )
    with portal.database.transaction() as tx:
        steward = acting(tx, Role.STEWARD, PUBLISHER)
    file = io.BytesIO(b"a,b\n1,2\n")
    return products.register(portal.database, steward, product, file, "p.csv", portal.uploads, at=portal.clock()).id


def _ask(portal: Portal, product: str, words: str) -> str:
    with portal.database.transaction() as tx:
        return access.ask(
            tx, acting(tx, Role.APPLICANT, BANK), product, Wish(Purpose.BUSINESS, words, 30, 10), at=portal.clock()
        ).id


def _runs(portal: Portal) -> tuple[str, str]:
    done = Run(
        "run1",
        "luzhou",
        "list",
        "list.json",
        "luzhou",
        RunState.DONE,
        "admin:operator",
        portal.clock(),
        read=62,
        created=1,
        updated=0,
        unchanged=1,
        rejected=60,
        total=62,
        unplaced=("备注",),
    )
    waiting = Run(
        "run2", "hefei", "ckan", "https://a.example", None, RunState.QUEUED, "admin:operator", portal.clock(), total=900
    )
    rows = [{"run_id": "run1", "position": n, "key": HOSTILE, "reason": "The key is too long."} for n in range(60)]
    with portal.database.transaction() as tx:
        tx.runs.add(done)
        tx.runs.add(waiting)
        tx.runs.note([], rows)
    return "run1", "run2"


def _network(portal: Portal) -> str:
    """One that is allowed and was used; an address beside it that was refused."""
    network = allow(portal.database, Use.SOURCE, "10.20.0.0/16", target="luzhou")
    gate = Gate(portal.database, portal.clock, Use.SOURCE, "luzhou")
    list(gate.permitted("inner.example", 443, ["10.20.3.4"]))
    with suppress(AddressRefusedError):
        list(gate.permitted("other.example", 443, ["10.21.3.4"]))
    return network.id


def _tree(portal: Portal) -> tuple[str, str, str, str]:
    """The publisher with what lies above and beneath it, and a member; and one that was merged into it."""
    at = portal.clock()
    with portal.database.transaction() as tx:
        said = Description(OrganizationKind.DEPARTMENT, Level.PROVINCE, "51")
        top = organizations.create(tx, OPERATOR, "四川省人民政府", said, at=at).id
        publisher = tx.organizations.called([PUBLISHER])[PUBLISHER]
        organizations.describe(tx, OPERATOR, publisher, replace(said, uscc="91350100M000100Y43"), at=at)
        organizations.move(tx, OPERATOR, publisher, top, at=at)
        organizations.rename(tx, OPERATOR, publisher, "省大数据中心", at=at)
        organizations.rename(tx, OPERATOR, publisher, PUBLISHER, at=at)
        organizations.create(tx, OPERATOR, "省大数据局数据站", said, publisher, at=at)
        ended = organizations.create(tx, OPERATOR, "省信息中心", said, top, at=at).id
        succession.merge(tx, OPERATOR, ended, publisher, at=at)
        tx.people.add("member", email="wang.xiaoming@example.cn", name="王小明", language="zh", at=at)
        people.give(tx, "member", Membership(Role.STEWARD, publisher), by=OPERATOR, at=at, separation=True)
        invited = members.invite(tx, OPERATOR, publisher, "li.lei@example.cn", Role.EDITOR, language="zh", at=at)
        token = mint(members.PREFIX)
        tx.invitations.offer(invited.id, digest(token))
        return publisher, ended, token, _application(tx, at=at)


def _application(tx: Transaction, *, at: datetime) -> str:
    """What waits for the registrar; the member applied for it."""
    tx.people.add("registrar", email="registrar@gov.cn", name="李梅", language="zh", at=at)
    for person in ("member", "registrar"):
        tx.people.change(person, confirmed_at=at)
    held = Membership(Role.REGISTRAR, level=Level.COUNTY, territory="5105")
    people.give(tx, "registrar", held, by=OPERATOR, at=at, separation=True)
    member = people.actor_of(tx, "member", at=at, strong=True)
    assert member
    company = Company("泸州智算有限公司", "91510500MA6CNQBR70", "510502", "营业执照 A-1，授权书 B-2", "王工，0830-1")
    return applications.apply(tx, member, company, at=at).id


def _fact(portal: Portal) -> str:
    with portal.database.transaction() as tx:
        bank = tx.organizations.owners({BANK: None})[BANK]
        ended = facts.issue(tx, OPERATOR, Issue(bank, "sector", "金融", "登记表"), at=portal.clock())
        facts.revoke(tx, OPERATOR, ended.id, HOSTILE, at=portal.clock())
        return facts.issue(tx, OPERATOR, Issue(bank, "sector", "银行", "登记表 2"), at=portal.clock()).id


def _emergency(portal: Portal) -> tuple[str, str]:
    """Over, and not reviewed yet."""
    at = portal.clock() - timedelta(hours=3)
    with portal.database.transaction() as tx:
        person = add_person(tx, "night@example.cn", Membership(Role.ADMIN), at=at)
        actor = people.actor_of(tx, person, at=at, strong=True)
        assert actor is not None
        publisher = tx.organizations.owners({PUBLISHER: None})[PUBLISHER]
        held = Membership(Role.STEWARD, publisher)
        broken = glass.break_glass(tx, actor, held, "夜间数据错误，须立即更正", hours=2, most=4, at=at)
        tx.audit.add(
            at=at, actor=actor, act=Act.PROFILE_CHANGED, target=person, person=person, email="night@example.cn"
        )
    return person, broken.id


def _keys(portal: Portal) -> dict[str, str]:
    holders = {Role.ADMIN: "运维", Role.STEWARD: PUBLISHER, Role.ACCESS_OFFICER: PUBLISHER, Role.APPLICANT: BANK}
    holders |= {Role.AUDITOR: "省审计厅", Role.ORGANIZATION_ADMIN: PUBLISHER, Role.SECURITY_ADMIN: "省网信办"}
    with portal.database.transaction() as tx:
        return {str(role): keys.create(tx, role, name, at=portal.clock()) for role, name in holders.items()}


def _accounts(portal: Portal) -> tuple[str, str, str]:
    """Somebody with a role that waits for a second factor, and somebody who has one; a link of each kind."""
    at = portal.clock()
    with portal.database.transaction() as tx:
        person_id = add_person(tx, PERSON, Membership(Role.AUDITOR), at=at)
        add_second_factor(tx, portal, add_person(tx, WITH_CODE, at=at), at=at)
        asked = [
            links.ask(tx, kind, "new@example.cn", "zh", at=at, person_id=whose)
            for kind, whose in ((LinkKind.SIGN_UP, ""), (LinkKind.RESET, person_id), (LinkKind.ADDRESS, person_id))
        ]
        sign_up, reset, address = (
            links.made(tx, link_id, LinkKind.SIGN_UP, person_id=person_id, at=at).partition("token=")[2]
            for link_id in asked
        )
    return sign_up, reset, address


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Filled]:
    """The small catalog, filled once; tests work on copies of its folder."""
    folder = tmp_path_factory.mktemp("template")
    portal = open_portal(Settings(data=folder, _env_file=None))
    filled = fill(portal)
    portal.close()
    return folder, filled


def _copied(template: tuple[Path, Filled], folder: Path) -> Portal:
    shutil.copytree(template[0], folder, dirs_exist_ok=True)
    return open_portal(Settings(data=folder, _env_file=None))


@pytest.fixture
def portal(tmp_path: Path, template: tuple[Path, Filled]) -> Iterator[Portal]:
    """A portal that holds the small catalog."""
    portal = _copied(template, tmp_path)
    yield portal
    portal.close()


@pytest.fixture
def filled(portal: Portal, template: tuple[Path, Filled]) -> Filled:
    return replace(template[1], portal=portal)


@pytest.fixture
def sign_in(client: TestClient, filled: Filled) -> Callable[[str], str]:
    """Sign in as a role; what forms must send back."""

    def enter(role: str) -> str:
        client.post("/sign-in/key", data={"key": filled.secrets[role]})
        return csrf_of(client.get("/sign-in").text)

    return enter


def csrf_of(page: str) -> str:
    """What a form of this page sends back."""
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found
    return found[1]


@dataclass(frozen=True)
class Site:
    """A portal that a browser can open."""

    url: str
    filled: Filled


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, template: tuple[Path, Filled]) -> Iterator[Site]:
    """The small catalog, served on a free port."""
    portal = _copied(template, tmp_path_factory.mktemp("site"))
    filled = replace(template[1], portal=portal)
    server = uvicorn.Server(uvicorn.Config(create_app(portal), port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}", filled)
    server.should_exit = True
    thread.join(10)
