"""Facts are issued, revoked and read; that one ended is announced, and decisions ask what holds."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from catalog.domain.audit import Act
from catalog.domain.errors import ConflictError, InvalidError, NotFoundError
from catalog.domain.facts import WELL_KNOWN, Ended, Fact, FactKind, Subject, checked
from catalog.domain.people import PORTAL_ITSELF, Actor, Role
from catalog.domain.policy import Action, Target, Verdict, may
from catalog.services.permission import at as at_organization
from catalog.services.permission import refusal, require
from catalog.store.database import Database, Transaction

#: The topic of the outbox that says a fact has ended.
TOPIC = "fact"
_BATCH = 100
_LONGEST = 500
_LONGEST_ISSUER = 100
_HERE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Issue:
    """What is to be issued."""

    subject: str
    kind: str
    value: str
    evidence: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None


def register_well_known(tx: Transaction) -> None:
    """The kinds that every register begins with."""
    tx.facts.add_missing_kinds(WELL_KNOWN)


def put_kind(tx: Transaction, actor: Actor, kind: FactKind, *, at: datetime) -> FactKind:
    """Add a kind or describe it anew; what its facts are of, and the type of their values, stay as they are."""
    require(actor, Action.MANAGE_FACT_KINDS)
    known = tx.facts.kind(kind.id)
    if known is not None and (known.subject, known.value_type) != (kind.subject, kind.value_type):
        raise InvalidError(
            "What a kind is of, and the type of its values, cannot change.",
            field="value_type",
            cure="Add another kind.",
        )
    tx.facts.put_kind(kind)
    before = known.model_dump(mode="json") if known else {}
    after = kind.model_dump(mode="json")
    tx.audit.add(at=at, actor=actor, act=Act.FACT_KIND_CHANGED, target=kind.id, before=before, after=after)
    return kind


def issue(tx: Transaction, actor: Actor, wanted: Issue, *, at: datetime) -> Fact:
    """A new fact, by a role that may issue its kind, and never by who it is of."""
    kind = _kind(tx, wanted.kind)
    targets = _targets(tx, actor, kind, wanted.subject, at)
    acting = replace(actor, memberships=tuple(m for m in actor.memberships if m.role in (*kind.roles, Role.OPERATOR)))
    verdicts = [may(acting, Action.ISSUE_FACT, target) for target in targets]
    if not any(verdicts):
        raise refusal(Action.ISSUE_FACT, _worst(verdicts), field="kind")
    return _issued(tx, actor, kind, wanted, actor.person or actor.id, actor.name if not actor.person else "", at=at)


def claimed(
    tx: Transaction, person_id: str, provider: str, claims: Mapping[str, Any], *, at: datetime, organization: str = ""
) -> list[Fact]:
    """What an identity provider vouches for: a fact for each kind that has a claim, once for each value."""
    made = []
    for kind in tx.facts.kinds():
        value = claims.get(kind.claim) if kind.claim else None
        subject = person_id if kind.subject is Subject.PERSON else organization
        if not isinstance(value, str) or not subject or kind.expires:
            continue
        issuer = f"provider:{provider}"[:_LONGEST_ISSUER]
        if _is_new(tx, subject, kind, value, issuer):
            wanted = Issue(subject, kind.id, value, f"{provider}: {kind.claim}")
            made.append(_issued(tx, PORTAL_ITSELF, kind, wanted, issuer, provider, at=at))
    return made


def _is_new(tx: Transaction, subject: str, kind: FactKind, value: str, issuer: str) -> bool:
    """Whether it can be a fact and was never one: what was revoked here does not come back by a sign-in."""
    try:
        value = checked(kind, value)
    except InvalidError:
        return False
    known = ((fact.kind, fact.value, fact.issuer) for fact in tx.facts.of(subject))
    return (kind.id, value, issuer) not in known


def revoke(tx: Transaction, actor: Actor, fact_id: str, reason: str, *, at: datetime) -> Fact:
    """End a fact before its day, by who may issue its kind; the subject is told."""
    fact = read(tx, actor, fact_id)
    kind = _kind(tx, fact.kind)
    acting = replace(actor, memberships=tuple(m for m in actor.memberships if m.role in (*kind.roles, Role.OPERATOR)))
    verdicts = [may(acting, Action.ISSUE_FACT, target) for target in _targets(tx, actor, kind, fact.subject, at)]
    if not any(verdicts):
        raise refusal(Action.ISSUE_FACT, _worst(verdicts))
    reason = _line("reason", reason)
    if not tx.facts.revoke(fact_id, by=actor.person or actor.id, reason=reason, at=at):
        raise ConflictError("This fact has ended already.")
    tx.audit.add(
        at=at,
        actor=actor,
        act=Act.FACT_REVOKED,
        target=fact_id,
        organization=_organization(kind, fact.subject),
        reason=reason,
    )
    tx.outbox.post(TOPIC, fact_id, {"ended": Ended.REVOKED}, at=at)
    return read(tx, actor, fact_id)


def read(tx: Transaction, actor: Actor, fact_id: str) -> Fact:
    """One fact; it does not exist for those who may not read it."""
    fact = tx.facts.get(fact_id)
    if fact is None or not _may_read(tx, actor, _kind(tx, fact.kind).subject, fact.subject):
        raise NotFoundError
    return fact


def listed(tx: Transaction, actor: Actor, subject: str) -> list[Fact]:
    """All facts of an organization or a person, those that ended too, the latest first."""
    kind = _is(tx, subject)
    if not _may_read(tx, actor, kind, subject):
        require(actor, Action.READ_FACT, _read_target(tx, kind, subject))
    return tx.facts.of(subject)


def holding(tx: Transaction, subject: str, kind: str, at: datetime) -> Fact | None:
    """The fact of a kind that holds for somebody at a moment: what decisions rest on, and cite by its id."""
    return tx.facts.holding(subject, kind, at)


def lapse(database: Database, *, at: datetime) -> int:
    """Announce facts whose day has come; how many."""
    with database.reading() as tx:
        ids = tx.facts.lapsed(now=at, size=_BATCH)
    if ids:
        with database.transaction() as tx:
            tx.facts.note_told(ids)
            for fact_id in ids:
                tx.audit.add(at=at, actor=PORTAL_ITSELF, act=Act.FACT_LAPSED, target=fact_id)
                tx.outbox.post(TOPIC, fact_id, {"ended": Ended.LAPSED}, at=at)
    return len(ids)


def read_csv(lines: Iterable[str]) -> list[Issue]:
    """What to issue, from CSV: subject, kind, value, evidence, valid_from, valid_until; the last two as days."""
    rows = csv.DictReader(lines)
    missing = {"subject", "kind", "value", "evidence"} - set(rows.fieldnames or ())
    if missing:
        raise InvalidError("Columns are missing: {names}.", field="file", names=", ".join(sorted(missing)))
    return [
        Issue(
            row["subject"].strip(),
            row["kind"].strip(),
            row["value"],
            row["evidence"],
            day(row.get("valid_from") or "", "valid_from"),
            day(row.get("valid_until") or "", "valid_until", last=True),
        )
        for row in rows
    ]


def import_all(tx: Transaction, actor: Actor, wanted: Iterable[Issue], *, at: datetime) -> list[Fact]:
    """Issue all or none; the error names the row."""
    made = []
    for number, one in enumerate(wanted, 1):
        try:
            made.append(issue(tx, actor, _by_id(tx, one), at=at))
        except (InvalidError, NotFoundError) as error:
            problem = error.detail.format(**error.facts) if error.facts else error.detail
            raise InvalidError("Row {row}: {problem}", field=error.field, row=number, problem=problem) from error
    return made


def day(text: str, field: str, *, last: bool = False) -> datetime | None:
    """The beginning of a day where readers live; the end of it where it is the ``last`` that holds."""
    if not text.strip():
        return None
    try:
        begins = datetime.combine(date.fromisoformat(text.strip()), time(), _HERE)
    except (ValueError, OverflowError) as error:
        raise InvalidError("This is not a day.", field=field, cure="Such as 2026-11-29.") from error
    return begins + timedelta(days=1) if last else begins


def _by_id(tx: Transaction, one: Issue) -> Issue:
    """In files organizations are named and people have addresses."""
    if "@" in one.subject:
        person = tx.people.by_email(one.subject.lower())
        return replace(one, subject=person.id if person else one.subject)
    return replace(one, subject=tx.organizations.called([one.subject]).get(one.subject, one.subject))


def _issued(
    tx: Transaction, actor: Actor, kind: FactKind, wanted: Issue, issuer: str, issued_as: str, *, at: datetime
) -> Fact:
    if _is(tx, wanted.subject) is not kind.subject:
        raise InvalidError("This kind of fact is of something else.", field="subject", cure="Choose another kind.")
    starts, ends = wanted.valid_from or at, wanted.valid_until
    if kind.expires and ends is None:
        raise InvalidError("A fact of this kind has a last day.", field="valid_until", cure="Say until when it holds.")
    if ends is not None and ends <= max(starts, at):
        raise InvalidError("The last day is over.", field="valid_until", cure="Choose a day that is still to come.")
    value, evidence = checked(kind, wanted.value), _line("evidence", wanted.evidence)
    fact = Fact(uuid4().hex, wanted.subject, kind.id, value, issuer, issued_as, evidence, starts, ends, at)
    tx.facts.add(fact)
    tx.audit.add(
        at=at,
        actor=actor,
        act=Act.FACT_ISSUED,
        target=fact.id,
        organization=_organization(kind, fact.subject),
        subject=fact.subject,
        kind=kind.id,
        after={"value": value} if kind.subject is Subject.ORGANIZATION else None,
    )
    return fact


def _line(field: str, text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise InvalidError("This is needed: up to {most} characters on one line.", field=field, most=_LONGEST)
    return text


def _kind(tx: Transaction, kind_id: str) -> FactKind:
    kind = tx.facts.kind(kind_id)
    if kind is None:
        raise InvalidError("There is no such kind of facts.", field="kind", cure="Choose one of the register.")
    return kind


def _is(tx: Transaction, subject: str) -> Subject:
    if tx.organizations.get(subject) is not None:
        return Subject.ORGANIZATION
    if tx.people.get(subject) is not None:
        return Subject.PERSON
    raise InvalidError("There is no such organization or person.", field="subject", cure="Give its id.")


def _targets(tx: Transaction, actor: Actor, kind: FactKind, subject: str, at: datetime) -> list[Target]:
    """What the policy sees; of a person each organization that he belongs to. Nobody vouches for himself or his own."""
    me = actor.person or actor.id
    if kind.subject is Subject.ORGANIZATION:
        mine = any(held.organization == subject for held in actor.memberships)
        return [at_organization(tx, subject, submitter=me if mine else "")]
    own = {held.organization for held in tx.people.held(subject, at=at) if held.organization}
    return [at_organization(tx, one, submitter=subject, person=subject) for one in sorted(own)] or [
        Target(submitter=subject, person=subject)
    ]


def _worst(verdicts: list[Verdict]) -> Verdict:
    return verdicts[0]


def _may_read(tx: Transaction, actor: Actor, kind: Subject, subject: str) -> bool:
    return bool(may(actor, Action.READ_FACT, _read_target(tx, kind, subject)))


def _read_target(tx: Transaction, kind: Subject, subject: str) -> Target:
    return at_organization(tx, subject) if kind is Subject.ORGANIZATION else Target(person=subject)


def _organization(kind: FactKind, subject: str) -> str:
    return subject if kind.subject is Subject.ORGANIZATION else ""
