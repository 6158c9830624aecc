"""How good a search is: judged queries, and what a result is worth by them.

The format and the measures are those of the usual evaluations of retrieval (TREC): nDCG@10 with the gain 2^grade - 1
and the discount log2(rank + 1), MRR of the first hit of grade 2 or 3, recall@50 of those grades.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from statistics import fmean

from pydantic import BaseModel, ConfigDict, ValidationError

#: Hits of a query that are looked at.
DEPTH = 50
_TOP = 10
_GOOD = 2


class BadJudgementError(ValueError):
    """A line of the judged queries is not understood."""


class Judged(BaseModel):
    """A query, and the grades (3 exactly what is wanted, 2 useful, 1 marginal) of the records that answer it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    query: str
    #: Which lists are searched: the name of a group of sources, or "all".
    corpus: str = "all"
    kind: str = ""
    #: "source:position" → grade; empty: nothing should be found
    relevant: Mapping[str, int] = {}


def read(lines: Iterable[str]) -> Iterator[Judged]:
    """Judged queries from JSON lines. Raises BadJudgementError, which names the line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield Judged.model_validate_json(line)
            except ValidationError as error:
                message = f"line {number}: {error.errors()[0]['msg']}"
                raise BadJudgementError(message) from error


@dataclass(frozen=True, slots=True)
class Scored:
    """What the hits of one query are worth. Of a query that should find nothing only ``empty`` counts."""

    query: Judged
    ndcg: float
    mrr: float
    recall: float
    empty: bool


def score(query: Judged, hits: Sequence[str]) -> Scored:
    """The hits of a query, best first, by its grades."""
    ranked = list(dict.fromkeys(hits))[:DEPTH]
    good = {name for name, grade in query.relevant.items() if grade >= _GOOD}
    first = next((rank for rank, name in enumerate(ranked, 1) if name in good), 0)
    ideal = _gain(sorted(query.relevant.values(), reverse=True))
    return Scored(
        query,
        ndcg=_gain([query.relevant.get(name, 0) for name in ranked]) / ideal if ideal else 0.0,
        mrr=1 / first if first else 0.0,
        recall=len(good.intersection(ranked)) / len(good) if good else 0.0,
        empty=not ranked,
    )


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / log2(rank + 1) for rank, grade in enumerate(grades[:_TOP], 1))


def summary(scored: Sequence[Scored]) -> dict[str, float | None]:
    """{"queries", "ndcg", "mrr", "recall", "neg_empty"}: means; None where no query counts."""
    answered = [one for one in scored if one.query.relevant]
    negative = [one for one in scored if not one.query.relevant]
    return {
        "queries": len(scored),
        "ndcg": fmean(one.ndcg for one in answered) if answered else None,
        "mrr": fmean(one.mrr for one in answered) if answered else None,
        "recall": fmean(one.recall for one in answered) if answered else None,
        "neg_empty": fmean(one.empty for one in negative) if negative else None,
    }


def table(scored: Sequence[Scored]) -> dict[str, dict[str, float | None]]:
    """The summary of each kind, of each corpus and of all."""
    kinds = sorted({one.query.kind for one in scored})
    corpora = list(dict.fromkeys(one.query.corpus for one in scored))
    return {
        **{kind: summary([one for one in scored if one.query.kind == kind]) for kind in kinds},
        **{f"corpus {name}": summary([one for one in scored if one.query.corpus == name]) for name in corpora},
        "overall": summary(scored),
    }
