"""What editors change of the search: a draft, versions that are published and restored, and the one in force."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from catalog.domain.audit import Act
from catalog.domain.errors import InvalidError, NotFoundError, RevisionMissingError, RevisionStaleError
from catalog.domain.people import Actor
from catalog.domain.policy import Action, reach
from catalog.domain.steering import LONGEST_TERM, Changes, Draft, Version
from catalog.services.permission import require
from catalog.store.database import Database, Transaction
from search.lexicon.editing import Words, edited
from search.steering import Steering, plain, usual_steering
from search.weights import most

#: What the audit says that was acted upon.
_TARGET = "steering"


def steered(changes: Changes) -> Steering:
    """What comes with the product, with an editor's changes."""
    usual = usual_steering()
    added = Words(changes.synonyms_added, changes.stop_added, changes.weak_added)
    removed = Words(changes.synonyms_removed, changes.stop_removed, changes.weak_removed)
    pins = {plain(query): ids for query, ids in changes.pins.items()}
    # A version that was published long ago may have changed what no longer counts.
    weights = {name: value for name, value in changes.weights.items() if hasattr(usual.weights, name)}
    return Steering(edited(usual.lexicon, added, removed), replace(usual.weights, **weights), pins)


def in_force(tx: Transaction) -> Steering:
    """The published steering."""
    return steered(_changes_of(tx, tx.steering.number_in_force()))


class InForce:
    """The published steering, at hand: a search takes it without a look at the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._number = 0
        self._steering: Steering | None = None

    @property
    def now(self) -> Steering:
        """What is in force, as of the last refresh."""
        return self._steering or usual_steering()

    def refresh(self) -> None:
        """Take up what was published meanwhile, by whichever process."""
        with self._database.reading() as tx:
            number = tx.steering.number_in_force()
            if number != self._number:
                self._steering, self._number = in_force(tx), number


def draft(tx: Transaction, actor: Actor) -> Draft:
    """What is being edited."""
    require(actor, Action.STEER)
    return tx.steering.draft()


def edit(tx: Transaction, actor: Actor, changes: Changes, *, revision: int | None, at: datetime) -> Draft:
    """Keep a draft, from the revision that the editor had read."""
    require(actor, Action.STEER)
    _check(tx, actor, changes)
    former = tx.steering.draft().changes
    _change(tx, changes, revision)
    before, after = former.model_dump(mode="json"), changes.model_dump(mode="json")
    tx.audit.add(at=at, actor=actor, act=Act.STEERING_EDITED, target=_TARGET, before=before, after=after)
    return tx.steering.draft()


def publish(tx: Transaction, actor: Actor, note: str, *, revision: int | None, at: datetime) -> Version:
    """Put the draft in force, as a new version."""
    require(actor, Action.STEER)
    changes = tx.steering.draft().changes
    _check(tx, actor, changes)
    _change(tx, changes, revision)
    return _added(tx, actor, Act.STEERING_PUBLISHED, note, changes, at=at)


def restore(tx: Transaction, actor: Actor, number: int, *, at: datetime) -> Version:
    """Put an earlier version in force again, as a new version, and go on editing from it.

    Version 0 is what comes with the product. A draft that was never published is kept as a version of its own, which
    can be restored too.
    """
    require(actor, Action.STEER)
    changes = _changes_of(tx, number)
    left = tx.steering.draft()
    _change(tx, changes, left.revision)
    if left.changes != _changes_of(tx, tx.steering.number_in_force()):
        tx.steering.add(author=actor.name, at=at, note="", changes=left.changes, published=False)
    return _added(tx, actor, Act.STEERING_RESTORED, f"↺ {number}", changes, at=at)


def versions(tx: Transaction, actor: Actor, *, size: int = 100) -> list[Version]:
    """What was published, latest first."""
    require(actor, Action.STEER)
    return tx.steering.versions(size=size)


def previous(tx: Transaction) -> int:
    """The number of the version that was in force before the present one."""
    published = [version.number for version in tx.steering.versions(size=1000) if version.published_at]
    return [*published, 0, 0][1]


def _changes_of(tx: Transaction, number: int) -> Changes:
    if number == 0:
        return Changes()
    version = tx.steering.get(number)
    if version is None:
        raise NotFoundError("There is no version {number}.", number=number)
    return version.changes


def _change(tx: Transaction, changes: Changes, revision: int | None) -> None:
    known = tx.steering.draft().revision
    if revision is None:
        raise RevisionMissingError(cure='Send the header If-Match: "{revision}".', revision=known)
    if not tx.steering.change(changes, revision=revision):
        raise RevisionStaleError(cure="Read it again: revision {revision} is in force.", revision=known)


def _added(tx: Transaction, actor: Actor, act: Act, note: str, changes: Changes, *, at: datetime) -> Version:
    number = tx.steering.add(author=actor.name, at=at, note=note, changes=changes, published=True)
    tx.audit.add(at=at, actor=actor, act=act, target=_TARGET, number=number)
    return Version(number, actor.name, at, note, changes, at)


def _check(tx: Transaction, actor: Actor, changes: Changes) -> None:
    _check_synonyms("synonyms_added", changes.synonyms_added)
    _check_synonyms("synonyms_removed", changes.synonyms_removed)
    _check_weights(changes.weights)
    _check_pins(tx, actor, changes)


def _check_synonyms(field: str, lines: Iterable[str]) -> None:
    for line in lines:
        sides = line.split("=>")
        terms = [[term.strip() for term in side.split(",")] for side in sides]
        count = sum(map(len, terms))
        if len(sides) > 2 or count < 2 or not all(0 < len(term) <= LONGEST_TERM for side in terms for term in side):
            raise InvalidError(
                "These are no synonyms: {line}",
                field=field,
                line=line,
                cure='Write "a, b" for words that mean the same, or "a => b, c"; a word has 1 to {most} characters.',
                most=LONGEST_TERM,
            )


def _check_weights(weights: dict[str, float]) -> None:
    known = asdict(usual_steering().weights)
    for name, value in weights.items():
        if name not in known:
            raise InvalidError(
                "There is no weight {name}.",
                field="weights",
                name=name,
                cure="One of: {choices}.",
                choices=", ".join(known),
            )
        if not 0 <= value <= most(name):
            raise InvalidError(
                "The weight {name} is too large or too small.",
                field="weights",
                name=name,
                cure="Give a number from 0 to {most}.",
                most=f"{most(name):g}",
            )


def _check_pins(tx: Transaction, actor: Actor, changes: Changes) -> None:
    wanted = {i for ids in changes.pins.values() for i in ids}
    for missing in sorted(wanted - tx.datasets.seen(wanted, reach(actor)).keys()):
        raise InvalidError(
            "There is no record {id}.", field="pins", id=missing, cure="Give ids of records of this catalog."
        )
