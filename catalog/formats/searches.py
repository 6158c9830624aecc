"""A search in words, as people read it: on pages, in mails and in feeds."""

from collections.abc import Mapping, Sequence

from catalog.domain.subscriptions import Subscription
from catalog.domain.vocabulary import label
from search.facets import DATES
from search.periods import OPEN
from search.places import full_name

_LONGEST_SUBJECT = 80


def named(name: str, value: str, language: str) -> str:
    """The word for a value of a filter."""
    if not value:
        return label(name, value, language)
    if name in DATES:
        return value.replace("/", " – ").replace(OPEN, "…")
    match name:
        case "place":
            return full_name(value)
        case "format":
            return value.upper()
        case _:
            return label(name, value, language)


def in_words(words: str, filters: Mapping[str, Sequence[str]], language: str) -> str:
    """A search on one line; empty where it is everything."""
    values = (named(name, value, language) for name, chosen in filters.items() for value in chosen)
    return " ".join("; ".join(filter(None, (words, *values))).split())


def subject(subscription: Subscription) -> str:
    """What a subscription is of, on one short line; empty where it is everything."""
    return in_words(subscription.words, subscription.filters, subscription.language)[:_LONGEST_SUBJECT]
