"""A lexicon with some of its words changed: the files stay as they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from search.analysis import fold
from search.lexicon import Lexicon, synonyms

_Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Words:
    """What is added to words, or taken out of them: synonyms in Solr's format, and plain words."""

    synonyms: Iterable[str] = ()
    stop: Iterable[str] = ()
    weak: Iterable[str] = ()


def edited(lexicon: Lexicon, added: Words, removed: Words) -> Lexicon:
    """The lexicon without what is removed, and then with what is added."""
    fewer_same, fewer_wider = synonyms(removed.synonyms)
    more_same, more_wider = synonyms(added.synonyms)
    return Lexicon(
        _changed(lexicon.same, fewer_same, more_same),
        _changed(lexicon.wider, fewer_wider, more_wider),
        lexicon.english,
        lexicon.stop - _folded(removed.stop) | _folded(added.stop),
        lexicon.weak - _folded(removed.weak) | _folded(added.weak),
    )


def _changed(names: _Names, fewer: _Names, more: _Names) -> _Names:
    kept = {term: tuple(other for other in names.get(term, ()) if other not in fewer[term]) for term in fewer}
    left = {**names, **kept}
    grown = {term: tuple(dict.fromkeys((*left.get(term, ()), *more[term]))) for term in more}
    return {term: others for term, others in {**left, **grown}.items() if others}


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, words))
