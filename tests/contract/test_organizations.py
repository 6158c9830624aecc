"""The tree of organizations through random changes, against a plain model of it; on both databases."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from catalog.domain.datasets import Dataset, Identity
from catalog.domain.errors import ConflictError, InvalidError
from catalog.domain.organizations import Description, Organization
from catalog.domain.people import OPERATOR, Level
from catalog.services import datasets, organizations, succession
from catalog.services.succession import Part
from catalog.store.database import Database, Transaction

NOW = datetime(2026, 1, 1, tzinfo=UTC)
THEMES = ["环境", "交通", "教育"]
RANKS: list[Level | None] = [None, *Level]


@dataclass
class Plain:
    """What the model knows of an organization."""

    parent: str | None
    level: Level | None
    names: set[str]
    ended: bool = False
    successor: str | None = None


@dataclass
class Kept:
    """What the model knows of a record."""

    owner: str
    theme: str
    publisher: str
    withdrawn: bool = False


@dataclass
class Model:
    organizations: dict[str, Plain] = field(default_factory=dict)
    records: dict[str, Kept] = field(default_factory=dict)

    @property
    def living(self) -> list[str]:
        return sorted(i for i, found in self.organizations.items() if not found.ended)

    def above(self, organization: str | None) -> list[str]:
        """An organization and those it lies beneath, walked step by step."""
        found = []
        while organization:
            found.append(organization)
            organization = self.organizations[organization].parent
        return found

    def beneath(self, organization: str) -> list[str]:
        return [i for i in self.organizations if organization in self.above(i)]

    def in_order(self, over: list[str], under: list[str]) -> bool:
        high = [RANKS.index(self.organizations[i].level) for i in over if self.organizations[i].level]
        low = [
            RANKS.index(self.organizations[i].level)
            for i in under
            if self.organizations[i].level and not self.organizations[i].ended
        ]
        return max(high, default=0) <= min(low, default=9)


def machine(database: Database) -> type[RuleBasedStateMachine]:
    class Tree(RuleBasedStateMachine):
        """One transaction an example, which is never committed."""

        def __init__(self) -> None:
            super().__init__()
            self.model, self.serial = Model(), 0
            self.scope = database.transaction()
            self.tx: Transaction = self.scope.__enter__()

        def teardown(self) -> None:
            self.scope.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)

        def _name(self) -> str:
            self.serial += 1
            return f"机构{self.serial}"

        def _pick(self, data: Any) -> str:
            return str(data.draw(st.sampled_from(self.model.living)))

        @rule(data=st.data(), level=st.sampled_from(RANKS))
        def create(self, data: Any, level: Level | None) -> None:
            parent = data.draw(st.sampled_from([None, *self.model.living]))
            name = self._name()
            said = Description(level=level)
            new = Organization.named(name).id
            self.model.organizations[new] = Plain(parent, level, {name})
            if self.model.in_order(self.model.above(parent), [new]):
                assert organizations.create(self.tx, OPERATOR, name, said, parent, at=NOW).id == new
                return
            del self.model.organizations[new]
            self._refused(InvalidError, lambda: organizations.create(self.tx, OPERATOR, name, said, parent, at=NOW))

        @precondition(lambda self: self.model.living)
        @rule(data=st.data(), theme=st.sampled_from(THEMES))
        def publish(self, data: Any, theme: str) -> None:
            name = data.draw(st.sampled_from(sorted(n for o in self.model.organizations.values() for n in o.names)))
            leads = next(i for i, o in self.model.organizations.items() if name in o.names)
            self.serial += 1
            identity = Identity(source="tests", source_key=str(self.serial))
            record = Dataset.model_validate({"title": "题", "publisher": {"name": name}, "themes": [theme]})
            if self.model.organizations[leads].ended:
                self._refused(InvalidError, lambda: datasets.publish(self.tx, OPERATOR, identity, record, at=NOW))
                return
            datasets.publish(self.tx, OPERATOR, identity, record, at=NOW)
            self.model.records[identity.id] = Kept(leads, theme, name)

        @precondition(lambda self: any(not r.withdrawn for r in self.model.records.values()))
        @rule(data=st.data())
        def withdraw(self, data: Any) -> None:
            kept = data.draw(st.sampled_from(sorted(i for i, r in self.model.records.items() if not r.withdrawn)))
            datasets.withdraw(self.tx, OPERATOR, kept, revision=1, successor=None, at=NOW)
            self.model.records[kept].withdrawn = True

        @precondition(lambda self: self.model.living)
        @rule(data=st.data(), again=st.booleans())
        def rename(self, data: Any, again: bool) -> None:
            organization = self._pick(data)
            names = self.model.organizations[organization].names
            name = min(names) if again else self._name()
            organizations.rename(self.tx, OPERATOR, organization, name, at=NOW)
            names.add(name)

        @precondition(lambda self: len(self.model.living) > 1)
        @rule(data=st.data())
        def take_the_name_of_another(self, data: Any) -> None:
            organization, other = self._pick(data), self._pick(data)
            name = data.draw(st.sampled_from(sorted(self.model.organizations[other].names)))
            if organization != other:
                self._refused(
                    ConflictError, lambda: organizations.rename(self.tx, OPERATOR, organization, name, at=NOW)
                )

        @precondition(lambda self: self.model.living)
        @rule(data=st.data())
        def move(self, data: Any) -> None:
            organization, parent = self._pick(data), data.draw(st.sampled_from([None, *self.model.living]))
            over, under = self.model.above(parent), self.model.beneath(organization)
            if organization in over or not self.model.in_order(over, under):
                self._refused(InvalidError, lambda: organizations.move(self.tx, OPERATOR, organization, parent, at=NOW))
                return
            organizations.move(self.tx, OPERATOR, organization, parent, at=NOW)
            self.model.organizations[organization].parent = parent

        @precondition(lambda self: len(self.model.living) > 1)
        @rule(data=st.data())
        def merge(self, data: Any) -> None:
            former, heir = self._pick(data), self._pick(data)
            children = [i for i in self.model.living if self.model.organizations[i].parent == former]
            under = [i for child in children for i in self.model.beneath(child)]
            if former in self.model.above(heir) or not self.model.in_order(self.model.above(heir), under):
                self._refused(InvalidError, lambda: succession.merge(self.tx, OPERATOR, former, heir, at=NOW))
                return
            succession.merge(self.tx, OPERATOR, former, heir, at=NOW)
            self._inherits(former, heir)

        @precondition(lambda self: self.model.living)
        @rule(data=st.data(), ends=st.booleans(), theme=st.sampled_from(THEMES))
        def split(self, data: Any, ends: bool, theme: str) -> None:
            former = self._pick(data)
            own = sorted(i for i, r in self.model.records.items() if r.owner == former)
            named = data.draw(st.lists(st.sampled_from(own), max_size=2, unique=True)) if own else []
            parts = [Part(self._name(), themes=(theme,)), Part(self._name(), records=tuple(named), rest=ends)]
            made = succession.split(self.tx, OPERATOR, former, parts, ends=ends, at=NOW)
            place = self.model.organizations[former]
            for part, new in zip(parts, made, strict=True):
                self.model.organizations[new.id] = Plain(place.parent, place.level, {part.name})
            for i in own:
                kept = self.model.records[i]
                kept.owner = made[1].id if i in named else made[0].id if kept.theme == theme else former
            if ends:
                self._inherits(former, made[1].id)

        @precondition(lambda self: self.model.living)
        @rule(data=st.data())
        def close(self, data: Any) -> None:
            organization = self._pick(data)
            holds = any(r.owner == organization and not r.withdrawn for r in self.model.records.values())
            if holds or any(self.model.organizations[i].parent == organization for i in self.model.living):
                self._refused(ConflictError, lambda: succession.close(self.tx, OPERATOR, organization, at=NOW))
                return
            succession.close(self.tx, OPERATOR, organization, at=NOW)
            self.model.organizations[organization].ended = True

        def _inherits(self, former: str, heir: str) -> None:
            known = self.model.organizations
            for found in known.values():
                if found.parent == former and not found.ended:
                    found.parent = heir
                if found.successor == former:
                    found.successor = heir
            for kept in self.model.records.values():
                kept.owner = heir if kept.owner == former else kept.owner
            known[heir].names |= known[former].names
            known[former].names = set()
            known[former].ended, known[former].successor = True, heir

        def _refused(self, error: type[Exception], act: Any) -> None:
            """Refused, and the door rolls back what a request wrote before."""
            point = self.tx._connection.begin_nested()
            with pytest.raises(error):
                act()
            point.rollback()

        @invariant()
        def the_lines_are_the_tree(self) -> None:
            ids = list(self.model.organizations)
            lines = self.tx.organizations.lines(ids)
            assert {i: list(lines[i].above) for i in ids} == {i: self.model.above(i) for i in ids}
            assert {i: lines[i].level for i in ids} == {i: self.model.organizations[i].level for i in ids}

        @invariant()
        def every_name_leads_to_one_that_lives_or_was_closed(self) -> None:
            names = {name: i for i, o in self.model.organizations.items() for name in o.names}
            stored = self.tx.organizations.many(self.model.organizations)
            assert self.tx.organizations.called(names) == names
            assert all(stored[i].ended_at is None or stored[i].successor is None for i in names.values())
            assert {i: stored[i].successor for i in stored} == {
                i: o.successor for i, o in self.model.organizations.items()
            }

        @invariant()
        def every_record_has_a_living_owner(self) -> None:
            stored = self.tx.datasets.many(self.model.records)
            assert {i: r.owner for i, r in stored.items()} == {i: r.owner for i, r in self.model.records.items()}
            owners = self.tx.organizations.many({r.owner for r in stored.values() if r.withdrawn_at is None})
            assert all(owner.ended_at is None for owner in owners.values())

    return Tree


def test_the_tree_is_what_was_done_to_it(database: Database) -> None:
    run_state_machine_as_test(
        machine(database),
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
