"""The indices of one catalog: the one in force, the one that is kept, and one that is made ready beside them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import time_ns

from elasticsearch import Elasticsearch

from search.elastic.schema import SETTINGS, mapping, searched, shape_of
from search.phases import Phase, begin


class Generations:
    """Indices and the aliases that lead to them; an index is named by its shape and the time it was made."""

    def __init__(self, client: Elasticsearch, name: str, *, vectors: bool) -> None:
        self._client, self._vectors = client, vectors
        #: The alias that readers ask, the one that a rebuild is being written under, and that of the former index.
        self.alias, self.filling, self._former = name, f"{name}-filling", f"{name}-kept"
        self._prefix = f"{name}-{shape_of(vectors=vectors)}-"

    def ensure(self) -> None:
        """See that the alias leads to an index of the shape that this version writes, or at least searches."""
        names = self.behind(self.alias)
        if not any(not self.outdated(name) or self._is_searchable(name) for name in names):
            self._point(self.alias, self.create())
            self._client.indices.delete(index=names or "-", ignore_unavailable=True)

    def outdated(self, name: str) -> bool:
        """Whether another version made it, in another shape."""
        return not name.startswith(self._prefix)

    def _is_searchable(self, name: str) -> bool:
        """Whether it has every field that is searched, of the same type; other texts in them make it no use less."""
        there = self._client.indices.get_mapping(index=name)[name]["mappings"].get("properties", {})
        return all(there.get(field, {}).get("type") == kind for field, kind in searched(vectors=self._vectors).items())

    def create(self) -> str:
        """A new, empty index that no alias leads to."""
        name = f"{self._prefix}{time_ns()}"
        self._client.indices.create(index=name, mappings=mapping(vectors=self._vectors), settings=SETTINGS)
        return name

    @contextmanager
    def beside(self, name: str) -> Iterator[None]:
        """An index that every write reaches too, and that serves from the end on; after an exception it does not."""
        self._point(self.filling, name)
        try:
            yield
            self._switch(name)
        except BaseException:
            self._client.options(ignore_status=404).indices.delete_alias(index=name, name=self.filling)
            self.remove_others()
            raise

    def is_filling(self) -> bool:
        """Whether an index is made ready, here or in another process."""
        return bool(self._client.indices.exists_alias(name=self.filling))

    def behind(self, alias: str) -> list[str]:
        there = self._client.indices.exists_alias(name=alias)
        return list(self._client.indices.get_alias(name=alias)) if there else []

    def kept(self) -> list[str]:
        """The former index; of another shape it is of no use."""
        return [name for name in self.behind(self._former) if not self.outdated(name)]

    def remove_others(self) -> None:
        """Remove all indices of ours but the one in force and the one that is kept."""
        ours = re.compile(rf"{re.escape(self.alias)}-[0-9a-f]{{8}}-\d+")
        there = [name for name in self._client.indices.get(index=f"{self.alias}-*") if ours.fullmatch(name)]
        used = {*self.behind(self.alias), *self.kept()}
        if others := [name for name in there if name not in used]:
            self._client.indices.delete(index=others, ignore_unavailable=True)

    def _point(self, alias: str, name: str) -> None:
        remove = [{"remove": {"index": f"{self.alias}-*", "alias": alias, "must_exist": False}}]
        self._client.indices.update_aliases(actions=[*remove, {"add": {"index": name, "alias": alias}}])

    def _switch(self, name: str) -> None:
        """Readers and writers go over in one step; the index that was in force is kept."""
        begin(Phase.SWITCHING, generation=name)
        former = [index for index in self.behind(self.alias) if index != name]
        self._client.indices.update_aliases(
            actions=[
                {"remove": {"index": f"{self.alias}-*", "alias": self._former, "must_exist": False}},
                *({"remove": {"index": index, "alias": self.alias}} for index in former),
                *({"add": {"index": index, "alias": self._former}} for index in former),
                {"add": {"index": name, "alias": self.alias}},
                {"remove": {"index": name, "alias": self.filling}},
            ]
        )
        begin(Phase.SERVING, generation=name)
