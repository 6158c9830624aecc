"""What an index on the server is made of, and how a document becomes an action that writes it.

Documents carry the catalog's revision as an external version, so writes may arrive in any order. A dropped document
stays as a hidden one, since Elasticsearch forgets the versions of deleted documents after a minute.
"""

from struct import unpack
from typing import Any

from search.analyzing import Fields
from search.facets import DATES, FACETS, NOTHING, shape
from search.indexed import POSITIONS, TEXT_FIELDS
from search.model import Document

_SHAPE = "13"
_DEEPEST = 2_100_000
_PROPERTIES: dict[str, Any] = {
    "id": {"type": "keyword"},
    "revision": {"type": "long", "index": False},
    "digest": {"type": "long", "index": False, "doc_values": False},
    "gone": {"type": "boolean"},
    "seals": {"type": "keyword", "doc_values": False},
    "owner": {"type": "keyword", "doc_values": False},
    "card": {"type": "object", "enabled": False},
    **{
        name: {
            "type": "text",
            "analyzer": "whitespace",
            "index_options": "positions" if name in POSITIONS else "freqs",
        }
        for name in TEXT_FIELDS
    },
    "series": {"type": "keyword"},
    **{name: {"type": "keyword", "eager_global_ordinals": True} for name in FACETS},
    **{name: {"type": "long"} for name in DATES},
}
_MAPPING = {"dynamic": False, "_source": {"includes": ["card", "revision", "digest", "series"]}}
#: Exact, for what is near enough is told by a threshold; cosine, for numbers of 16 bits are not quite of length one.
_VECTOR = {
    "type": "dense_vector",
    "dims": 384,
    "similarity": "cosine",
    "index": True,
    "index_options": {"type": "hnsw"},
}
SETTINGS = {"number_of_shards": 1, "number_of_replicas": 0, "max_result_window": _DEEPEST}


def shape_of(*, vectors: bool) -> str:
    """The name of the shape; an index that keeps vectors has another one."""
    return shape(f"{_SHAPE} with vectors" if vectors else _SHAPE)


def mapping(*, vectors: bool) -> dict[str, Any]:
    return {**_MAPPING, "properties": {**_PROPERTIES, **({"vector": _VECTOR} if vectors else {})}}


def searched(*, vectors: bool) -> dict[str, str]:
    """The fields that queries ask, and their types."""
    fields = mapping(vectors=vectors)["properties"]
    return {
        name: kind["type"] for name, kind in fields.items() if kind.get("index", True) and kind.get("enabled", True)
    }


def document(document: Document, fields: Fields, *, vectors: bool) -> dict[str, Any]:
    """The action that puts a document with its terms."""
    body = {
        "digest": document.digest,
        "seals": list(document.seals),
        "owner": list(document.owners),
        "card": document.card,
        "series": document.id,
        **fields,
        **{name: list(document.facets.get(name) or (NOTHING,)) for name in FACETS},
        **{name: max(document.dates.get(name, 0), 0) for name in DATES},
    }
    if vectors and document.vector:
        body["vector"] = unpack(f"<{len(document.vector) // 2}e", document.vector)
    return _action(document.id, document.revision, body)


def first(document_: Document, fields: Fields, *, vectors: bool) -> dict[str, Any]:
    """For an index that is being filled: what was written there meanwhile at the same revision is newer."""
    return {**document(document_, fields, vectors=vectors), "version_type": "external"}


def tombstone(document_id: str, revision: int) -> dict[str, Any]:
    """Without seals, so nobody finds it."""
    return _action(document_id, revision, {"gone": True})


def _action(document_id: str, revision: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_id": document_id,
        "version": revision,
        "version_type": "external_gte",
        "_source": {"id": document_id, "revision": revision, **body},
    }
