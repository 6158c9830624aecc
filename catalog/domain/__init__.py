"""What the catalog is about, in pure Python: no I/O, no clock, no framework."""
