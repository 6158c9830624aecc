"""What people prove who they are with: digests and sealed secrets, and identities at a provider."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from catalog.store.registers import add_missing
from catalog.store.tables import identities, passwords, recovery_codes, second_factors


class CredentialStore:
    """Passwords, second factors, recovery codes and identities of people."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def password(self, person_id: str) -> str | None:
        """The hash of a person's password; None for who has none."""
        return self._connection.execute(
            select(passwords.c.hash).where(passwords.c.person_id == person_id)
        ).scalar_one_or_none()

    def set_password(self, person_id: str, hashed: str, *, at: datetime) -> None:
        values = {"hash": hashed, "changed_at": at}
        done = self._connection.execute(update(passwords).where(passwords.c.person_id == person_id).values(**values))
        if done.rowcount == 0:
            self._connection.execute(insert(passwords), [{"person_id": person_id, **values}])

    def second_factor(self, person_id: str) -> Row[Any] | None:
        return self._connection.execute(select(second_factors).where(second_factors.c.person_id == person_id)).first()

    def has_second_factor(self, person_id: str) -> bool:
        factor = self.second_factor(person_id)
        return factor is not None and factor.secret is not None

    def begin_second_factor(self, person_id: str, sealed: str) -> None:
        """A secret that waits for its first code."""
        add_missing(self._connection, second_factors, [{"person_id": person_id, "step": 0}])
        self._connection.execute(
            update(second_factors).where(second_factors.c.person_id == person_id).values(pending=sealed)
        )

    def confirm_second_factor(self, person_id: str, sealed: str, *, step: int, at: datetime) -> bool:
        """The secret that waited is in force; whether it still waited."""
        c = second_factors.c
        done = self._connection.execute(
            update(second_factors)
            .where(c.person_id == person_id, c.pending == sealed)
            .values(secret=sealed, pending=None, step=step, since=at)
        )
        return done.rowcount == 1

    def use_step(self, person_id: str, step: int) -> bool:
        """Mark the code of a step of time as used; False when it or a later one was used before."""
        c = second_factors.c
        done = self._connection.execute(
            update(second_factors).where(c.person_id == person_id, c.step < step).values(step=step)
        )
        return done.rowcount == 1

    def remove_second_factor(self, person_id: str) -> bool:
        """Forget the second factor and its recovery codes; whether there was one."""
        self._connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
        c = second_factors.c
        gone = self._connection.execute(delete(second_factors).where(c.person_id == person_id).returning(c.secret))
        return any(secret is not None for secret in gone.scalars())

    def set_recovery_codes(self, person_id: str, digests: Iterable[str]) -> None:
        """These, and none of those before."""
        self._connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
        self._connection.execute(
            insert(recovery_codes), [{"digest": digest, "person_id": person_id} for digest in digests]
        )

    def use_recovery_code(self, person_id: str, digest: str, *, at: datetime) -> bool:
        """Whether it was one of the person's that had not been used."""
        c = recovery_codes.c
        done = self._connection.execute(
            update(recovery_codes)
            .where(c.digest == digest, c.person_id == person_id, c.used_at.is_(None))
            .values(used_at=at)
        )
        return done.rowcount == 1

    def recovery_codes_left(self, person_id: str) -> int:
        c = recovery_codes.c
        return self._connection.execute(
            select(func.count()).select_from(recovery_codes).where(c.person_id == person_id, c.used_at.is_(None))
        ).scalar_one()

    def person_of(self, issuer: str, subject: str) -> str | None:
        """Whose an identity at a provider is."""
        c = identities.c
        return self._connection.execute(
            select(c.person_id).where(c.issuer == issuer, c.subject == subject)
        ).scalar_one_or_none()

    def identities(self, person_id: str) -> list[str]:
        """Issuers at which a person has an identity."""
        c = identities.c
        return list(self._connection.execute(select(c.issuer).where(c.person_id == person_id)).scalars())

    def link(self, issuer: str, subject: str, person_id: str, *, at: datetime) -> None:
        """From now on the identity is the person's, unless it is somebody's already."""
        row = {"issuer": issuer, "subject": subject, "person_id": person_id, "linked_at": at}
        add_missing(self._connection, identities, [row])
