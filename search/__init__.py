"""Full-text search with facets. It knows documents, and nothing of the catalog."""
