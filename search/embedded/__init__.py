"""The embedded engine: tantivy, in this process, in a folder."""

from search.embedded.index import EmbeddedIndex

__all__ = ["EmbeddedIndex"]
