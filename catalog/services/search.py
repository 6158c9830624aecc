"""Search: what a reader asked, as a query; what the index answered, in the reader's language."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import orjson

from catalog.domain.datasets import in_language
from catalog.domain.errors import IndexBuildingError, InvalidError, SearchDownError
from catalog.domain.people import GUEST, Actor
from catalog.domain.policy import reach
from catalog.domain.vocabulary import label
from catalog.services.answers import Answer, Answers
from catalog.services.curing import cures
from catalog.services.explaining import similar, why
from catalog.store.database import Database
from search.analysis import highlights, terms
from search.clauses import AllOf, Among
from search.facets import DATES, FACETS, FILTERS
from search.finding import Finder, Found
from search.meaning import Nearest
from search.model import BEHIND, Count, Hit, Page, Query, Sort
from search.periods import OPEN, dated
from search.places import is_place
from search.port import SearchIndex, SearchUnavailableError, Snapshot, SnapshotLostError
from search.steering import Steering, usual_steering
from search.understanding import Understood

#: Facets that are counted when a reader does not say which.
DEFAULT_FACETS = ("publisher", "theme", "opening", "format", "source")
MOST_HITS = 100
#: Texts of a hit in which found words are marked.
_MARKED = ("title", "description")
#: No page ends behind this hit.
DEEPEST = 2_000_000
#: How long a reader of a whole result may take for a page.
_PATIENCE = timedelta(minutes=5)
#: Hits that are taken at a time where all are wanted.
_STEP = 1000


@dataclass(frozen=True, slots=True)
class Ask:
    """What a reader asked for; pages count from 1."""

    words: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facets: tuple[str, ...] = DEFAULT_FACETS
    sort: str = "relevance"
    page: int = 1
    size: int = 20
    language: str = "zh"
    #: The day by which freshness counts.
    today: date | None = None
    #: Whether each hit says why it was found.
    explain: bool = False
    #: Whether the words are taken as they were typed: not corrected, not loosened.
    exact: bool = False
    #: Whether near-identical records are one hit.
    fold: bool = False
    #: Who asks; what is remembered of an answer goes by what he may find, not by who he is.
    reader: Actor = field(default=GUEST, repr=False)


def search(
    index: SearchIndex, ask: Ask, steering: Steering | None = None, nearest: Nearest | None = None
) -> dict[str, Any]:
    """{"total", "hits": […], "facets": {name: [{"value", "label", "count"}]}, "pages", "corrected", "missing", …}.

    ``corrected`` is what was looked for instead of what was typed, or None; ``missing`` the typed words that no
    record has; ``loosened`` says whether records that have a part of the words count too; ``ignored`` are signs of
    the query language that made no sense. ``help`` is there where nothing was found: what may be searched instead.
    """
    looking, query = finder(index, ask, steering, nearest), query_of(ask)
    with _answering():
        found = looking.find(ask.words, query, exact=ask.exact)
        more = {} if found.page.total else {"help": cures(looking, ask.words, found, query, ask.language)}
    return answer(found, ask) | more


def answered(
    index: SearchIndex, answers: Answers, ask: Ask, steering: Steering, nearest: Nearest | None = None
) -> Answer:
    """The same as JSON, remembered where the index tells when it changes.

    Whatever narrows what a reader finds belongs into what is asked or into its query, for those are the key.
    """
    number = 0 if nearest else _moment(index)
    moment, key = (number, steering), repr((ask, query_of(ask)))
    if number and (known := answers.find(moment, key)):
        return known
    found = search(index, ask, steering, nearest)
    told = Answer(orjson.dumps(found), found["total"], found["pages"])
    if number:
        answers.keep(moment, key, told)
    return told


def _moment(index: SearchIndex) -> int:
    with _answering():
        return index.moment()


def finder(index: SearchIndex, ask: Ask, steering: Steering | None, nearest: Nearest | None = None) -> Finder:
    """What finds for this reader, today."""
    return Finder(index, text_of, steering or usual_steering(), ask.today, nearest)


def answer(found: Found, ask: Ask) -> dict[str, Any]:
    """What was found, in the reader's language."""
    return {
        "total": found.page.total,
        "hits": _rows(found, ask),
        "facets": _facets(found.page, ask.language),
        "pages": min(-(-found.page.rows // ask.size), DEEPEST // ask.size),
        "corrected": found.corrected,
        "missing": found.missing,
        "loosened": found.loosened,
        "ignored": found.understood.ignored,
    }


@dataclass(frozen=True, slots=True)
class Everything:
    """A whole result, to be taken page by page."""

    total: int
    pages: Iterator[list[dict[str, Any]]]


def everything(index: SearchIndex, ask: Ask, steering: Steering | None = None) -> Everything:
    """All that ``search`` finds at this moment, at most DEEPEST records, with a page of it in memory at a time."""
    looking, query = finder(index, ask, steering), replace(query_of(ask), facets=(), fold=False, offset=0, size=0)
    with _answering():
        found = looking.find(ask.words, query, exact=ask.exact)
        snapshot = index.snapshot(looking.asked(query, found), _PATIENCE)
    return Everything(snapshot.total, _pages(snapshot, ask.language))


def _pages(snapshot: Snapshot, language: str) -> Iterator[list[dict[str, Any]]]:
    place = None
    try:
        while True:
            with _answering():
                turn = snapshot.turn(place, _STEP)
            yield [_card(hit, language) for hit in turn.hits]
            place = turn.place
            if place is None:
                return
    finally:
        snapshot.close()


def among(index: SearchIndex, ask: Ask, steering: Steering, ids: Sequence[str], size: int) -> tuple[int, list[str]]:
    """How many of some records a search finds, and the ids of those that were modified last.

    The words are taken as they were understood: what a reader is told unasked does not rest on a guess.
    """
    words = steering.understood(ask.words).clause
    clause = AllOf((Among("id", ids), *((words,) if words else ())))
    with _answering():
        page = index.search(replace(query_of(ask), clause=clause, facets=(), sort=Sort.MODIFIED, offset=0, size=size))
    return page.total, [hit.card["id"] for hit in page.hits]


def count(index: SearchIndex) -> int:
    """How many records everybody may find."""
    return index.search(Query(size=0)).total


def require_built(database: Database, index: SearchIndex) -> None:
    """Refuse to say that nothing was found while the index is built for the first time, or for a new version."""
    if index.count():
        return
    with database.reading() as tx:
        if any(job.kind == "rebuild" for job in tx.jobs.waiting()):
            raise IndexBuildingError(cure="Try again in a minute.")


def checked(ask: Ask) -> Ask:
    """What was asked, if it can be; InvalidError otherwise."""
    query_of(ask)
    return ask


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (SearchUnavailableError, SnapshotLostError) as error:
        raise SearchDownError from error


def text_of(hit: Hit) -> str:
    """Where the spelling of a word is looked up: the title, and who publishes it."""
    return "\n".join((*hit.card["title"].values(), hit.card["publisher"]))


def _marked(understood: Understood) -> tuple[str, ...]:
    """What is marked in a hit: the words looked for in every reading, and what those are made of."""
    readings = [reading.text for concept in understood.concepts for reading in concept.readings]
    within = (part for text in readings for part in _made_of(text))
    return tuple(dict.fromkeys((*understood.quoted, *readings, *within)))


@lru_cache(maxsize=4096)
def _made_of(text: str) -> tuple[str, ...]:
    return tuple(part for part in terms(text) if len(part) > 1)


def query_of(ask: Ask) -> Query:
    """What the index is asked, but for the words. Raises InvalidError, which names what is wrong."""
    _check_filters(ask.filters)
    for name in ask.facets:
        if name not in FACETS:
            raise InvalidError(
                "There is no facet {name}.",
                field="facets",
                name=name,
                cure="One of: {choices}.",
                choices=", ".join(FACETS),
            )
    if ask.sort not in set(Sort):
        raise InvalidError("Unknown order.", field="sort", cure="One of: {choices}.", choices=", ".join(Sort))
    if not 1 <= ask.size <= MOST_HITS or ask.page < 1 or ask.page * ask.size > DEEPEST:
        raise InvalidError(
            "A page has 1 to {most} hits, and ends before hit 2,000,000.",
            field="size",
            most=MOST_HITS,
            cure="Ask for smaller pages, or narrow the search.",
        )
    return Query(
        filters=ask.filters,
        facets=ask.facets,
        sort=Sort(ask.sort),
        offset=(ask.page - 1) * ask.size,
        size=ask.size,
        fold=ask.fold and "series" not in ask.filters,
        seals=reach(ask.reader).seals,
    )


def given(filters: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Filters as the parameters of an address."""
    found = []
    for name, values in filters.items():
        if name in DATES:
            for end, day in zip(("from", "to"), "".join(values[:1]).split("/"), strict=False):
                found += [(f"{name}_{end}", day)] if day not in ("", OPEN) else []
        else:
            found += [(name, value) for value in values]
    return found


def _check_filters(filters: Mapping[str, tuple[str, ...]]) -> None:
    for name, values in filters.items():
        if name not in FILTERS:
            raise InvalidError(
                "There is no filter {name}.",
                field=name,
                name=name,
                cure="One of: {choices}.",
                choices=", ".join(FILTERS),
            )
        if name == "place" and (unknown := [code for code in values if not is_place(code)]):
            raise InvalidError(
                "There is no place {code}.",
                field=name,
                code=unknown[0],
                cure="A place is a code of two, four or six digits.",
            )
        if name in DATES:
            _check_periods(name, values)


def _check_periods(name: str, values: tuple[str, ...]) -> None:
    try:
        dated(name, values)
    except ValueError as error:
        raise InvalidError(
            "{period} is no period.", field=name, period=", ".join(values), cure="Such as 2024-01-01/2024-12-31."
        ) from error


def _rows(found: Found, ask: Ask) -> list[dict[str, Any]]:
    told = rows(found.page.hits, _marked(found.understood), ask.language)
    for row in told:
        row["pinned"] = row["id"] in found.pinned
    for hit, row in zip(found.page.hits, told, strict=True) if ask.explain else ():
        row["why"] = why(found.understood, hit.card, ask.words, ask.today)
        if hit.card["id"] in found.near and hit.score <= BEHIND:
            row["why"]["matches"] += (similar(ask.words, row["title"]),)
        if ask.sort != Sort.RELEVANCE:
            row["why"]["lifts"] = []
    return told


def rows(hits: Sequence[Hit], terms: tuple[str, ...], language: str) -> list[dict[str, Any]]:
    """Hits as rows of results, in a reader's language, with the places where terms stand."""
    cards = [_card(hit, language) for hit in hits]
    shown = [card[name] for card in cards for name in _MARKED]
    marks = iter(highlights(shown, terms))
    for card in cards:
        card["highlights"] = {name: next(marks) for name in _MARKED}
    return cards


def _card(hit: Hit, language: str) -> dict[str, Any]:
    card = dict(hit.card)
    card["title"] = in_language(card["title"], language)
    card["description"] = in_language(card["description"], language)
    card["score"] = hit.score
    card["pinned"] = False
    card["series"], card["others"] = hit.series, hit.others
    return card


def _facets(page: Page, language: str) -> dict[str, list[dict[str, Any]]]:
    return {name: labelled(name, counts, language) for name, counts in page.facets.items()}


def labelled(name: str, counts: Sequence[Count], language: str) -> list[dict[str, Any]]:
    """Counted values with their words."""
    return [
        {"value": count.value, "label": label(name, count.value, language), "count": count.count} for count in counts
    ]


def figures(index: SearchIndex) -> dict[str, int]:
    """What is here for everybody: data sets, products, publishers."""
    page = index.search(Query(size=0, facets=("kind", "publisher"), facet_size=10_000))
    kinds = {count.value: count.count for count in page.facets["kind"]}
    datasets = kinds.get("dataset", 0)
    series = kinds.get("series", 0)
    return {
        "datasets": datasets,
        "products": page.total - datasets - series,
        "publishers": sum(bool(count.value) for count in page.facets["publisher"]),
    }
