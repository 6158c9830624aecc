"""Wire formats of other catalogs, one file each."""
