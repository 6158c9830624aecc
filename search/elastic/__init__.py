"""Elasticsearch, behind an alias that a rebuild swaps."""

from search.elastic.index import ElasticIndex, connect

__all__ = ["ElasticIndex", "connect"]
