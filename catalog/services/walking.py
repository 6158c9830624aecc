"""Walking through a whole result, page after page, as it was when the walk began."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.domain.errors import CursorGoneError, InvalidError, SearchDownError, TooManyCursorsError
from catalog.domain.policy import reach
from catalog.services.search import Ask, answer, finder, query_of
from search.finding import Found
from search.port import SearchIndex, SearchUnavailableError, SnapshotLostError
from search.snapshots import Held, Snapshots, TooManySnapshotsError
from search.steering import Steering

#: In place of a cursor: begin a walk.
START = "*"


def walk(
    index: SearchIndex,
    snapshots: Snapshots,
    ask: Ask,
    cursor: str,
    now: datetime,
    steering: Steering | None = None,
) -> dict[str, Any]:
    """One page of a walk, as ``search`` answers, unfolded, with ``cursor`` for the next page, None at the end.

    Facets are counted on the first page only.
    """
    try:
        held, place = (
            _begin(index, snapshots, ask, now, steering) if cursor == START else _again(snapshots, ask, cursor, now)
        )
        _same(held, ask)
        turn = held.snapshot.turn(place, ask.size)
    except TooManySnapshotsError as error:
        raise TooManyCursorsError(cure="Try again in some minutes, or use page numbers.") from error
    except SnapshotLostError as error:
        raise CursorGoneError(field="cursor", cure="Begin again with cursor=*.") from error
    except SearchUnavailableError as error:
        raise SearchDownError from error
    found: Found = held.subject[1]
    facets = found.page.facets if cursor == START else {}
    page = replace(found.page, total=held.snapshot.total, rows=held.snapshot.total, hits=turn.hits, facets=facets)
    following = None if turn.place is None else snapshots.cursor(held, turn.place)
    return answer(replace(found, page=page), ask) | {"cursor": following}


def _begin(
    index: SearchIndex, snapshots: Snapshots, ask: Ask, now: datetime, steering: Steering | None
) -> tuple[Held, None]:
    query = replace(query_of(ask), fold=False, offset=0)
    looking = finder(index, ask, steering)
    found = looking.find(ask.words, replace(query, size=0), exact=ask.exact)
    wanted = looking.asked(query, found)
    return snapshots.open(
        lambda lasting: index.snapshot(wanted, lasting), (_question(ask), found, query.seals), now
    ), None


def _again(snapshots: Snapshots, ask: Ask, cursor: str, now: datetime) -> tuple[Held, Any]:
    """A walk goes on for readers who may find what he might who began it; for all others it is gone."""
    held, place = snapshots.find(cursor, now)
    if held.subject[2] != reach(ask.reader).seals:
        raise SnapshotLostError
    return held, place


def _same(held: Held, ask: Ask) -> None:
    if held.subject[0] != _question(ask):
        raise InvalidError(
            "This cursor belongs to another search.", field="cursor", cure="Repeat the parameters that it began with."
        )


def _question(ask: Ask) -> tuple[Any, ...]:
    """What may not change on the way."""
    return ask.words, ask.exact, {name: tuple(values) for name, values in ask.filters.items()}, ask.sort
