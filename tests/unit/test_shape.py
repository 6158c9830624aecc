"""An index made by an older version is known by its shape, since digests tell what a record is, not what it becomes."""

import hashlib
from datetime import UTC, datetime

import orjson

from catalog.domain.organizations import Line
from catalog.services.indexing import document
from catalog.store.datasets import Stored
from search.analyzing import fields
from search.elastic.schema import shape_of
from search.embedded.schema import SHAPE

NOW = datetime(2026, 1, 1, tzinfo=UTC)
#: A record with every field that the index makes something of.
BODY = {
    "title": {"zh": "泸州市2025年空气质量监测数据", "en": "Air quality"},
    "description": {"zh": "各监测站PM2.5小时浓度。"},
    "publisher": {"name": "泸州市生态环境局"},
    "keywords": ["空气", "环保"],
    "themes": ["生态环境"],
    "identifier": "510500-001",
    "spatial": "四川省泸州市",
    "issued": "2025-01-31",
    "modified": "2025-12-31",
    "kind": "dataset",
    "opening": "unconditional",
    "sharing": "unconditional",
    "operable": True,
    "license": "cc-by",
    "frequency": "daily",
    "landing_page": "https://example.org/1",
    "made_from": ["abcdefgh234567ij"],
    "distributions": [
        {"format": "csv", "file": "air.csv", "columns": [{"name": "站点"}]},
        {"format": "api", "access_url": "https://example.org/api"},
    ],
}


def test_what_a_document_is_made_of_changes_with_the_shape_only() -> None:
    """If this fails: raise the version in both shapes, so each index is built anew, and write down what it says."""
    stored = Stored(
        "ijklmnop234567ab", "portal", "1", 3, BODY, "ab" * 32, NOW, NOW, owner="o", standing="public", use=2
    )
    made = document(stored, Line("o", ("o", "p")))
    said = (made.text, made.facets, made.dates, made.card, made.signals, made.seals, made.owners, fields(made))
    digest = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]

    assert (SHAPE, shape_of(vectors=False), digest) == ("b696596b", "4c31edba", "65109cc74bb7152e")
