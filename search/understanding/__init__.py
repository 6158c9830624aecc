"""What a reader typed → what is looked for. Knows words, and no engine."""

from dataclasses import dataclass

from search.analysis import fold
from search.clauses import Clause
from search.lexicon import Lexicon, usual
from search.understanding.clause import clause_of
from search.understanding.concepts import Concept, concepts
from search.weights import Weights, usual_weights


@dataclass(frozen=True, slots=True)
class Understood:
    """A query as the search takes it."""

    folded: str
    concepts: tuple[Concept, ...]
    weights: Weights

    @property
    def clause(self) -> Clause | None:
        """What is looked for; None where nothing was typed."""
        return clause_of(self.folded, self.concepts, self.weights) if self.folded else None

    @property
    def loose(self) -> Clause:
        """What has anything of it."""
        return clause_of(self.folded, self.concepts, self.weights, loose=True)


def understand(typed: str, lexicon: Lexicon | None = None, weights: Weights | None = None) -> Understood:
    """What was typed, as concepts."""
    folded = " ".join(fold(typed).split())
    return Understood(folded, tuple(concepts(folded, lexicon or usual())), weights or usual_weights())
