"""Random catalogs and readers, and the plain scan that says what each reader may see."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from hypothesis import strategies as st

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.organizations import NOBODYS, Line, Lines, Organization
from catalog.domain.people import GUEST, OPERATOR, Actor, Level, Membership, Role, Scope
from catalog.domain.policy import Action, Standing, Target, could, may, standing
from catalog.domain.viewing import Eyes, View, actor_of
from catalog.services import datasets
from catalog.store.database import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_WORLDS = count()
WORDS = ("空气", "质量", "监测", "水质", "公交", "2022年", "PM2.5", "（一）", "疫苗", "接种", "客流")
THEMES = ("环境", "交通", "教育")


@dataclass(frozen=True)
class Sketch:
    """A record as it is drawn, before it is written."""

    title: str
    organization: int
    themes: tuple[str, ...]
    visibility: str
    grade: str | None
    withdrawn: bool
    #: Which of the records before it it was made from.
    made_from: int


@dataclass(frozen=True)
class Kept:
    """A record as the scan knows it."""

    id: str
    key: str
    title: str
    publisher: str
    themes: tuple[str, ...]
    line: Line
    standing: Standing
    withdrawn: bool

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.title, self.publisher, *self.themes)


@dataclass(frozen=True)
class World:
    """A catalog: organizations in a tree, and their records."""

    source: str
    organizations: tuple[Organization, ...]
    lines: Lines
    records: tuple[Kept, ...]

    def seen_by(self, actor: Actor) -> list[Kept]:
        """The plain scan: what exists for a reader, by the policy alone."""
        return [one for one in self.records if not one.withdrawn and readable(actor, one)]


def readable(actor: Actor, record: Kept) -> bool:
    return bool(may(actor, Action.READ, Target(record.line, state=record.standing)))


@dataclass(frozen=True)
class Plan:
    """Everything that is drawn of a world."""

    #: Of each organization but the first: which of those before it is above it; itself: none.
    above: tuple[int, ...]
    records: tuple[Sketch, ...]
    #: role, organization and scopes of each reader
    readers: tuple[tuple[tuple[tuple[Role, int], ...], frozenset[Scope] | None], ...] = field(default=())


titles = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("".join)
sketches = st.builds(
    Sketch,
    titles,
    st.integers(0, 4),
    st.lists(st.sampled_from(THEMES), max_size=2, unique=True).map(tuple),
    st.sampled_from(["public", "public", "private", "draft", "embargoed"]),
    st.sampled_from([None, None, "general", "important", "core"]),
    st.sampled_from([False, False, False, True]),
    st.integers(0, 11),
)
_held = st.lists(st.tuples(st.sampled_from([r for r in Role if r is not Role.OPERATOR]), st.integers(0, 4)), max_size=4)
_scopes = st.none() | st.frozensets(st.sampled_from(Scope))
plans = st.builds(
    Plan,
    st.lists(st.integers(0, 4), min_size=4, max_size=4).map(tuple),
    st.lists(sketches, min_size=1, max_size=10).map(tuple),
    st.lists(st.tuples(_held.map(tuple), _scopes), min_size=1, max_size=4).map(tuple),
)


def made(database: Database, plan: Plan) -> World:
    """The world of a plan, written to the database."""
    source = f"w{next(_WORLDS)}"
    organizations = list(_organizations(source, plan))
    with database.transaction() as tx:
        tx.organizations.add(organizations[:1])
        for organization in organizations[1:]:
            tx.organizations.add([organization])
        lines = tx.organizations.lines(one.id for one in organizations)
        records: list[Kept] = []
        for number, sketch in enumerate(plan.records):
            owner = organizations[sketch.organization]
            made_of = [one.id for one in records[sketch.made_from :][:1] if not one.withdrawn]
            identity = Identity(source=source, source_key=str(number))
            datasets.publish(tx, OPERATOR, identity, _record(sketch, owner, made_of), at=NOW)
            if sketch.withdrawn:
                successor = records[-1].id if records else None
                datasets.withdraw(tx, OPERATOR, identity.id, revision=1, successor=successor, at=NOW)
            records.append(
                Kept(
                    identity.id,
                    identity.source_key,
                    sketch.title,
                    owner.name,
                    sketch.themes,
                    lines[owner.id],
                    standing(sketch.visibility, sketch.grade),
                    sketch.withdrawn,
                )
            )
    return World(source, tuple(organizations), lines, tuple(records))


def readers(plan: Plan, world: World) -> Iterator[Actor]:
    """Nobody in particular, and those of the plan."""
    yield GUEST
    for number, (held, scopes) in enumerate(plan.readers):
        memberships = tuple(_membership(role, world.organizations[at]) for role, at in held)
        yield Actor(
            f"{world.source}-{number}", "reader", memberships, person="p" if scopes is None else "", scopes=scopes
        )


def views(plan: Plan, world: World) -> Iterator[tuple[Actor, Actor, Actor]]:
    """Who views, whom he views as, and what comes of it."""
    for viewer in readers(plan, world):
        if could(viewer, Action.VIEW_AS):
            yield viewer, GUEST, actor_of(View(Eyes.PUBLIC), viewer, NOBODYS)
            yield viewer, GUEST, actor_of(View(Eyes.APPLICANT), viewer, NOBODYS)
            for one in world.organizations:
                view = View(Eyes.MEMBER, one.id, one.name)
                member = Actor("m", memberships=(Membership(Role.EDITOR, one.id),))
                yield viewer, member, actor_of(view, viewer, world.lines[one.id])


def _membership(role: Role, organization: Organization) -> Membership:
    if role in (Role.ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR, Role.ANYBODY, Role.PERSON):
        return Membership(role)
    if role is Role.REGISTRAR:
        return Membership(role, level=Level.CITY, territory="520100")
    return Membership(role, organization.id, name=organization.name)


def _organizations(source: str, plan: Plan) -> Iterator[Organization]:
    known: list[Organization] = []
    for number in range(len(plan.above) + 1):
        above = plan.above[number - 1] if number else 0
        parent = known[above].id if above < number else None
        one = Organization(
            f"{source}-{number}", f"第{number}局{source}", parent=parent, level=Level.CITY, territory="520102"
        )
        known.append(one)
        yield one


def _record(sketch: Sketch, owner: Organization, made_from: list[str]) -> Dataset:
    body: Mapping[str, Any] = {
        "title": sketch.title,
        "publisher": {"name": owner.name},
        "themes": sketch.themes,
        "visibility": sketch.visibility,
        "public_from": "2026-06-01" if sketch.visibility == "embargoed" else None,
        "grade": sketch.grade,
        "made_from": made_from,
    }
    return Dataset.model_validate(body)
