"""``python -m catalog``: the command ``shuyuan``."""

from catalog.cli import app

app(prog_name="shuyuan")
