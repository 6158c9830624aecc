"""Facts that ended are announced: the outbox is emptied to listeners, each of which is told once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from catalog.domain.accounts import AccountMatter
from catalog.domain.datasets import in_language
from catalog.domain.facts import Ended, Fact, Subject
from catalog.domain.people import Role
from catalog.services import account_letters, facts
from catalog.store.database import Database, Transaction

#: Told of a fact that ended, in the transaction that takes the event out of the outbox.
Listener = Callable[[Transaction, Fact, Ended, datetime], None]
_BATCH = 100
_MATTERS = {Ended.LAPSED: AccountMatter.FACT_LAPSED, Ended.REVOKED: AccountMatter.FACT_REVOKED}


def mail_to_subject(tx: Transaction, fact: Fact, ended: Ended, at: datetime) -> None:
    """A mail to the person, or to the administrators of the organization."""
    kind = tx.facts.kind(fact.kind)
    if kind is None:
        return
    concerned = (
        [fact.subject]
        if kind.subject is Subject.PERSON
        else tx.people.holders([Role.ORGANIZATION_ADMIN], at=at, organization=fact.subject)
    )
    for person_id in concerned:
        person = tx.people.get(person_id)
        title = in_language(kind.title, person.language) if person else ""
        path = f"/facts?subject={fact.subject}"
        account_letters.tell(tx, person_id, _MATTERS[ended], at=at, path=path, wished=f"{title}: {fact.value}")


#: Who listens; later features add theirs.
LISTENERS: Sequence[Listener] = (mail_to_subject,)


def announce(database: Database, *, at: datetime) -> int:
    """Tell the listeners what is due; how many events there were."""
    count = facts.lapse(database, at=at)
    with database.reading() as tx:
        due = tx.outbox.letters(facts.TOPIC, now=at, size=_BATCH)
    for letter in due:
        with database.transaction() as tx:
            fact = tx.facts.get(letter.target)
            for listener in LISTENERS if fact else ():
                listener(tx, fact, Ended(letter.body["ended"]), at)  # type: ignore[arg-type]
            tx.outbox.done([letter.id])
    return count + len(due)
