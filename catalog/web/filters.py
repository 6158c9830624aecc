"""What narrows a search, as pages show it: groups of checkboxes, and chips."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from catalog.domain.datasets import in_language
from catalog.formats.searches import named
from catalog.language import N_, translate
from catalog.services.search import Ask
from catalog.store.database import Transaction
from catalog.web.addresses import at

#: The facets that are shown as checkboxes, and what each is called.
SHOWN = {
    "publisher": N_("Publisher"),
    "theme": N_("Theme"),
    "opening": N_("Opening"),
    "format": N_("Format"),
    "source": N_("Source"),
    "kind": N_("Kind"),
    "license": N_("License"),
}
#: Those that have fields of their own.
TYPED = {"place": N_("Place"), "modified": N_("Modified"), "issued": N_("Issued")}
NAMES = (
    SHOWN
    | TYPED
    | {
        "sharing": N_("Sharing"),
        "operable": N_("Operation"),
        "frequency": N_("Frequency"),
        "keyword": N_("Keyword"),
        "preview": N_("Preview"),
        "api": N_("Interface"),
        "owner": N_("Organization"),
        "series": N_("Series"),
    }
)
#: Of a facet with so many values there may be more.
_MANY = 20


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet, as a checkbox or as a chip."""

    key: str
    name: str
    value: str
    label: str
    count: int | None
    chosen: bool
    #: The results without it.
    without: str


@dataclass(frozen=True, slots=True)
class Group:
    """A facet, as a group of checkboxes."""

    name: str
    label: str
    values: tuple[Value, ...]
    #: Where all values are, if these may not be all.
    more: str = ""


def group(ask: Ask, name: str, counts: list[dict[str, Any]], titles: Mapping[str, str]) -> Group:
    """The counted values; those that are chosen come first, also when nothing has them any more."""
    counted = {count["value"]: count for count in counts}
    selected = ask.filters.get(name, ())
    order = (*selected, *(value for value in counted if value not in selected))
    values = (_value(ask, name, value, counted.get(value, {}).get("count"), titles) for value in order)
    more = at(ask, path=f"/search/facets/{name}") if len(counts) >= _MANY else ""
    return Group(name, translate(NAMES[name], ask.language), tuple(values), more)


def chips(ask: Ask, titles: Mapping[str, str]) -> list[Value]:
    """Everything that narrows the search, in the order of the page."""
    order = [*NAMES]
    names = sorted(ask.filters, key=order.index)
    return [_value(ask, name, value, None, titles) for name in names for value in ask.filters[name]]


def owner_names(tx: Transaction, ask: Ask) -> dict[str, str]:
    """The names of the organizations that are chosen; a value that is none stays as it is."""
    return {one.id: one.name for one in tx.organizations.many(ask.filters.get("owner", ())[:100]).values()}


def license_titles(tx: Transaction, language: str) -> dict[str, str]:
    return {entry.id: in_language(entry.title, language) for entry in tx.licenses.page(after="", size=1000)}


def _value(ask: Ask, name: str, value: str, count: int | None, titles: Mapping[str, str]) -> Value:
    rest = tuple(other for other in ask.filters.get(name, ()) if other != value)
    return Value(
        key=f"{name}-{blake2b(value.encode(), digest_size=4).hexdigest()}",
        name=translate(NAMES[name], ask.language),
        value=value,
        label=titles[value] if name in ("license", "owner") and value in titles else named(name, value, ask.language),
        count=count,
        chosen=value in ask.filters.get(name, ()),
        without=at(ask, filters={**ask.filters, name: rest}),
    )
