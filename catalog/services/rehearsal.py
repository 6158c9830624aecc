"""What a draft of the steering would change, before it is in force: judged queries, and what readers ask most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from catalog.domain.people import Actor
from catalog.domain.policy import Action
from catalog.services import asked, quality, steering
from catalog.services.indexing import Progress, no_progress
from catalog.services.permission import require
from catalog.services.search import Ask, search
from catalog.store.database import Database
from search.port import SearchIndex
from search.quality import Judged, Scored, table
from search.steering import Steering

#: Differences of nDCG that are no more than rounding.
_SAME = 1e-9
_SHOWN, _COMPARED = 5, 10
_CHANGED, _FREQUENT = 50, 50


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The search as it is, and as it would be."""

    database: Database
    index: SearchIndex
    before: Steering
    after: Steering
    today: date

    def judged(self, queries: Sequence[Judged], progress: Progress) -> dict[str, Any]:
        """{"kinds": {kind: {"queries", "before", "after"}}, "better": […], "worse": […]}, nDCG@10 each."""
        count = len(queries)
        before = quality.evaluate(
            self.database, self.index, queries, self.before, lambda done, _: progress(done, 2 * count)
        )
        after = quality.evaluate(
            self.database, self.index, queries, self.after, lambda done, _: progress(count + done, 2 * count)
        )
        pairs = sorted(zip(before, after, strict=True), key=_gained)
        worse = [pair for pair in pairs if _gained(pair) < -_SAME]
        better = [pair for pair in reversed(pairs) if _gained(pair) > _SAME]
        return {
            "kinds": _kinds(before, after),
            "better": list(map(self._told, better[:_CHANGED])),
            "worse": list(map(self._told, worse[:_CHANGED])),
        }

    def frequent(self, queries: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The first ten hits of each query, and how many of them stay."""
        for query in queries:
            before, after = self._hits(query, self.before, _COMPARED), self._hits(query, self.after, _COMPARED)
            stay = {hit["id"] for hit in before} & {hit["id"] for hit in after}
            yield {"query": query, "overlap": len(stay), "same": before == after, "before": before, "after": after}

    def _told(self, pair: tuple[Scored, Scored]) -> dict[str, Any]:
        query = pair[0].query
        return {
            "query": query.query,
            "kind": query.kind,
            "before": {"ndcg": pair[0].ndcg, "hits": self._hits(query.query, self.before, _SHOWN)},
            "after": {"ndcg": pair[1].ndcg, "hits": self._hits(query.query, self.after, _SHOWN)},
        }

    def _hits(self, words: str, by: Steering, size: int) -> list[dict[str, Any]]:
        found = search(self.index, Ask(words, facets=(), size=size, today=self.today), by)
        return [{name: hit[name] for name in ("id", "title", "publisher", "pinned")} for hit in found["hits"]]


def rehearse(
    database: Database,
    index: SearchIndex,
    actor: Actor,
    judged: Path | None,
    *,
    today: date,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """{"revision", "judged", "frequent"}: what the draft of this revision would change.

    ``judged`` is None where the portal has no judged queries.
    """
    require(actor, Action.STEER)
    with database.reading() as tx:
        draft, in_force = tx.steering.draft(), steering.in_force(tx)
        known = asked.popular(tx, "", _FREQUENT)
    trial = Rehearsal(database, index, in_force, steering.steered(draft.changes), today)
    queries = quality.judged(judged) if judged else []
    names = {query.query for query in queries}
    frequent = [query for query in dict.fromkeys((*draft.changes.pins, *known)) if query not in names]
    return {
        "revision": draft.revision,
        "judged": trial.judged(queries, progress) if queries else None,
        "frequent": list(trial.frequent(frequent[:_FREQUENT])),
    }


def _gained(pair: tuple[Scored, Scored]) -> float:
    return pair[1].ndcg - pair[0].ndcg


def _kinds(before: Sequence[Scored], after: Sequence[Scored]) -> dict[str, Any]:
    earlier, later = table(before), table(after)
    return {
        kind: {"queries": row["queries"], "before": row["ndcg"], "after": later[kind]["ndcg"]}
        for kind, row in earlier.items()
        if not kind.startswith("corpus ")
    }
