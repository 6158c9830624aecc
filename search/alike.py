"""What is like a document: about the same, and not itself nor another of its series."""

from collections.abc import Iterator

from search.analysis import fold, joined, pairs
from search.clauses import AllOf, AnyOf, Clause, Term
from search.indexed import indexed
from search.model import Document
from search.steering import Steering
from search.understanding import Understood
from search.understanding.clause import topics
from search.understanding.concepts import Concept

#: A part of a word that says so much of it counts as a word.
_MUCH = 0.3


def alike(document: Document, steering: Steering) -> Clause:
    """What has a word of its title in the title; the more words of title and keywords, the earlier."""

    def understood(text: str) -> Understood:
        return steering.understood(_plain(text))

    title, keywords = document.text["title"], document.text["keywords"]
    subject = AnyOf([_titled(word) for topic in topics(understood(title).concepts) for word in _words(topic)])
    return AllOf((subject, understood(f"{title} {keywords}").loose), without=tuple(_own(document)))


def itself(document_id: str) -> Clause:
    """The document of an id."""
    return Term("exact", joined(document_id))


def _plain(text: str) -> str:
    """Words without signs and operators of the query language."""
    return "".join(character if character.isalnum() else " " for character in fold(text))


def _words(topic: Concept) -> Iterator[str]:
    yield from (reading.text for reading in topic.readings)
    yield from (part for part, share in topic.inner if share >= _MUCH)


def _titled(text: str) -> Clause:
    terms = [Term("title_grams", pair, 0.0) for pair in pairs(text)]
    return AnyOf(terms, len(terms))


def _own(document: Document) -> Iterator[Clause]:
    yield itself(document.id)
    for series in indexed(document)["series"]:
        yield Term("series", series)
