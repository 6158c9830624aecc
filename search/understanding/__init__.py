"""What a reader typed → what is looked for. Knows words, and no engine."""

from dataclasses import dataclass

from search.analysis import fold
from search.clauses import AllOf, Clause
from search.lexicon import Lexicon, usual
from search.understanding.clause import clause_of
from search.understanding.concepts import Concept, concepts
from search.understanding.language import Parsed, parse
from search.weights import Weights, usual_weights


@dataclass(frozen=True, slots=True)
class Understood:
    """A query as the search takes it."""

    #: what is looked for; None where nothing was typed
    clause: Clause | None
    #: the plain words, folded
    folded: str
    concepts: tuple[Concept, ...]
    weights: Weights
    #: what the query language demands and excludes beside the words
    required: tuple[Clause, ...] = ()
    without: tuple[Clause, ...] = ()
    #: what is looked for literally
    quoted: tuple[str, ...] = ()
    #: signs of the query language that make no sense, and were passed over
    ignored: tuple[str, ...] = ()

    @property
    def literal(self) -> bool:
        """Whether the reader said exactly what to find: then nothing else is looked for."""
        return bool(self.required or self.without)

    @property
    def loose(self) -> Clause:
        """What has anything of it."""
        return clause_of(self.folded, self.concepts, self.weights, loose=True)


def understand(typed: str, lexicon: Lexicon | None = None, weights: Weights | None = None) -> Understood:
    """What was typed, as concepts and conditions."""
    words, weighing = lexicon or usual(), weights or usual_weights()

    def clause(text: str) -> Clause:
        folded = _folded(text)
        return clause_of(folded, concepts(folded, words), weighing)

    parsed = parse(typed, clause) or Parsed([typed])
    folded = _folded(" ".join(parsed.words))
    found = tuple(concepts(folded, words))
    return Understood(
        _wanted(parsed, [clause_of(folded, found, weighing)] if folded else []),
        folded,
        found,
        weighing,
        tuple(parsed.required),
        tuple(parsed.without),
        tuple(parsed.quoted),
        parsed.ignored,
    )


def _wanted(parsed: Parsed, words: list[Clause]) -> Clause | None:
    if parsed.required or parsed.without:
        return AllOf((*words, *parsed.required), without=parsed.without)
    return words[0] if words else None


def _folded(text: str) -> str:
    return " ".join(fold(text).split())
