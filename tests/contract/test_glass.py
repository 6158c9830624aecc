"""Emergency access: taken by oneself, told at once, marked, over by itself, and reviewed."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.domain.audit import Act, Sought
from catalog.domain.datasets import Dataset, Identity
from catalog.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from catalog.domain.organizations import Organization
from catalog.domain.people import Actor, Membership, Role
from catalog.services import datasets, glass, people, retention
from catalog.store.database import Database, Transaction

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
AFTER = NOW + timedelta(hours=2)
STEWARD = Membership(Role.STEWARD, "weather")


@pytest.fixture
def database(database: Database) -> Database:
    with database.transaction() as tx:
        tx.organizations.add([Organization("weather", "市气象局")])
        for role in (Role.ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR):
            tx.people.add(role, email=f"{role}@example.cn", name=f"{role} 甲", language="zh", at=NOW)
            tx.people.change(role, confirmed_at=NOW)
            tx.people.grant(f"m-{role}", role, Membership(role), by="operator", at=NOW)
    return database


def who(tx: Transaction, person: str, at: datetime = NOW, *, strong: bool = True) -> Actor:
    actor = people.actor_of(tx, person, at=at, strong=strong)
    assert actor is not None
    return actor


def taken(tx: Transaction) -> str:
    return glass.break_glass(tx, who(tx, "admin"), STEWARD, "数据错误须立即更正", hours=2, most=4, at=NOW).id


def test_it_is_told_marked_and_over_by_itself(database: Database) -> None:
    with database.transaction() as tx:
        emergency = taken(tx)
        record = Dataset.model_validate({"title": "空气", "publisher": {"name": "市气象局"}, "grade": "important"})
        acting = who(tx, "admin", NOW + timedelta(hours=1))
        made = datasets.publish(tx, acting, Identity(source="portal", source_key="1"), record, at=NOW)

    with database.reading() as tx:
        assert {letter.target for letter in tx.outbox.letters("mail", now=NOW, size=9)} == {"security_admin", "auditor"}
        marked = tx.audit.page(Sought(glass=emergency), size=9)
        assert [(entry.act, entry.target, entry.actor_id) for entry in marked] == [("published", made.id, "admin")]
        assert not any("甲" in str(entry) for entry in tx.audit.page(Sought(), size=9))
        assert not who(tx, "admin", AFTER).is_a(Role.STEWARD)
        assert not who(tx, "admin", AFTER).glass


def test_it_needs_a_second_factor_a_reason_a_short_time_and_an_own_act(database: Database) -> None:
    with database.transaction() as tx:
        admin = who(tx, "admin")
        key = Actor("k", "admin:运维", (Membership(Role.ADMIN),))
        for actor, error in (
            (who(tx, "admin", strong=False), ForbiddenError),
            (who(tx, "auditor"), ForbiddenError),
            (key, ForbiddenError),
        ):
            with pytest.raises(error):
                glass.break_glass(tx, actor, STEWARD, "急", hours=1, most=4, at=NOW)
        for held, reason, hours, field in (
            (STEWARD, " ", 1, "reason"),
            (STEWARD, "急", 5, "hours"),
            (STEWARD, "急", 0, "hours"),
            (Membership(Role.AUDITOR), "急", 1, "role"),
            (Membership(Role.STEWARD, "nowhere"), "急", 1, "organization"),
            (Membership(Role.SECURITY_ADMIN, "weather"), "急", 1, "organization"),
        ):
            with pytest.raises(InvalidError) as wrong:
                glass.break_glass(tx, admin, held, reason, hours=hours, most=4, at=NOW)
            assert wrong.value.field == field
        taken(tx)
        with pytest.raises(ConflictError):
            taken(tx)


def test_an_auditor_reviews_it_with_words_once_it_is_over(database: Database) -> None:
    with database.transaction() as tx:
        emergency = taken(tx)
        with pytest.raises(ConflictError):
            glass.review(tx, who(tx, "auditor"), emergency, "必要", at=NOW)
        with pytest.raises(ForbiddenError):
            glass.review(tx, who(tx, "admin", AFTER), emergency, "必要", at=AFTER)
        reviewed = glass.review(tx, who(tx, "auditor", AFTER), emergency, "必要，处理得当", at=AFTER)
        assert (reviewed.reviewed_by, reviewed.review) == ("auditor", "必要，处理得当")
        with pytest.raises(ConflictError):
            glass.review(tx, who(tx, "auditor", AFTER), emergency, "再议", at=AFTER)


def test_it_can_be_given_back_early_and_is_seen_by_who_watches(database: Database) -> None:
    with database.transaction() as tx:
        emergency = taken(tx)
        assert [one.id for one in glass.listed(tx, who(tx, "security_admin"))] == [emergency]
        tx.people.add("other", email="o@example.cn", name="某", language="zh", at=NOW)
        tx.people.change("other", confirmed_at=NOW)
        assert glass.listed(tx, who(tx, "other")) == []
        with pytest.raises(NotFoundError):
            glass.read(tx, who(tx, "other"), emergency)
        ended = glass.end(tx, who(tx, "admin"), emergency, at=NOW + timedelta(minutes=5))
        assert ended.ends_at == NOW + timedelta(minutes=5)
        assert not who(tx, "admin", NOW + timedelta(minutes=6)).is_a(Role.STEWARD)


def test_what_was_done_under_it_is_kept_until_it_is_reviewed(database: Database) -> None:
    days = {"audit": 365, "usage": 0, "requests": 0, "jobs": 0}
    with database.transaction() as tx:
        emergency = taken(tx)
        tx.audit.add(at=NOW, actor=who(tx, "admin"), act=Act.RUN_ASKED_FOR, target="run")
        tx.audit.add(at=NOW, actor="operator", act=Act.RUN_ASKED_FOR, target="ordinary")

    late = NOW + timedelta(days=400)
    assert retention.apply(database, days, at=late)["audit"] == 1
    with database.transaction() as tx:
        glass.review(tx, who(tx, "auditor", late), emergency, "必要", at=late)
    assert retention.apply(database, days, at=late)["audit"] == 2
