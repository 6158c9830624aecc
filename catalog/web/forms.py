"""A form as it was typed, and what is wrong with it: nothing that was typed is ever lost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends, Request
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from catalog.api.errors import said
from catalog.domain.errors import (
    CatalogError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    ThrottledError,
    UnauthenticatedError,
)
from catalog.domain.vocabulary import in_words, label
from catalog.language import translate

#: What a person can put right in the form itself.
CURABLE = (InvalidError, ForbiddenError, ConflictError, ThrottledError, UnauthenticatedError, ValidationError)


@dataclass(frozen=True, slots=True)
class Filled:
    """Fields and their values, and field → message; the message of the whole form is under ''."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, UploadFile] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """The value of a field that has one; ``default`` where the form was not filled in yet."""
        return self.values[name][0].strip() if self.values.get(name) else default

    def raw(self, name: str) -> str:
        """A password, as it was typed to the last blank."""
        return self.values.get(name, ("",))[0]

    def all(self, name: str) -> tuple[str, ...]:
        """The values of a field that has several."""
        return self.values.get(name, ())

    def parts(self, name: str, between: str = "\n") -> tuple[str, ...]:
        """The lines of a field, or its other parts, without the empty ones."""
        return tuple(part.strip() for part in self.one(name).split(between) if part.strip())

    def whole(self, name: str) -> int:
        """A whole number; InvalidError where it is none."""
        value = self.one(name)
        if not (value.isascii() and value.isdecimal()):
            raise InvalidError("This is not a whole number.", field=name, cure="Write digits only, such as 30.")
        return int(value)

    def refused(self, error: Exception, language: str) -> "Filled":
        """The same form, with what is wrong said beside its fields."""
        return replace(self, errors=_messages(error, language))


def labeled(field: str, values: Iterable[str], language: str) -> list[tuple[str, str]]:
    """The choices of a field, with their words."""
    return [(str(value), label(field, str(value), language)) for value in values]


async def _sent(request: Request) -> Filled:
    form = await request.form()
    values: dict[str, tuple[str, ...]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            values[name] = (*values.get(name, ()), value)
        elif value.filename:
            files[name] = value
    return Filled(values, {}, files)


SentDep = Annotated[Filled, Depends(_sent)]


def _messages(error: Exception, language: str) -> dict[str, str]:
    if isinstance(error, ValidationError):
        return {_field(e["loc"]): said(e, language) for e in error.errors()}
    if not isinstance(error, CatalogError):
        raise error
    facts = in_words(error.facts, language)
    words = [translate(text, language, **facts) for text in (error.detail, error.cure) if text]
    return {error.field or "": " ".join(words) if language == "en" else "".join(words)}


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(part for part in location if isinstance(part, str) and not part.startswith("["))
