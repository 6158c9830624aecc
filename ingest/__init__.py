"""Other people's catalogs, into ours."""
