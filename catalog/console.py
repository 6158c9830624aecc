"""What a command shows: a progress bar on a terminal, plain lines elsewhere, and its result as text or JSON."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from typer.core import TyperGroup

from catalog.domain.runs import Run
from catalog.operate import Progress as Report

#: Seconds between two plain lines.
_EVERY = 2.0


@contextmanager
def progress() -> Iterator[Report]:
    """A function that shows how far something is: ``(what, done, total)``."""
    if sys.stderr.isatty():
        with _bar() as bar:
            yield bar
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Report]:
    columns = (
        TextColumn("{task.description:>8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:>8}/s"),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as bar:
        started = time.monotonic()

        def report(what: str, done: int, total: int | None) -> None:
            task = tasks.setdefault(what, TaskID(-1))
            if task == -1:
                task = tasks[what] = bar.add_task(what, total=total, rate=0)
            rate = round(done / max(time.monotonic() - started, 0.001))
            bar.update(task, completed=done, total=total, rate=rate)

        yield report


def _lines() -> Report:
    started, last = time.monotonic(), 0.0

    def report(what: str, done: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY:
            last = now
            of = f" of {total}" if total else ""
            typer.echo(f"{what}: {done}{of}, {done / max(now - started, 0.001):.0f}/s", err=True)

    return report


def tell(result: dict[str, Any], *, as_json: bool, text: str) -> None:
    """The result: one JSON object last, or lines for people."""
    typer.echo(orjson.dumps(result, default=str).decode() if as_json else text)


def ledger(run: Run) -> str:
    """The ledger of a run in words; it always adds up."""
    names = ("created", "updated", "unchanged", "rejected")
    parts = " + ".join(f"{name} {getattr(run, name)}" for name in names)
    lines = [
        f"{run.source}: {run.state}",
        f"  read {run.read} = {parts}",
        f"  withdrawn {run.withdrawn}",
    ]
    if run.unplaced:
        lines.append("  no place found for: " + ", ".join(run.unplaced) + " (kept with each record)")
    if run.problem:
        lines.append(f"  {run.problem}")
    return "\n".join(lines)


def scores(result: dict[str, Any], *, per_query: bool) -> str:
    """A table of what the search is worth on judged queries."""
    lines = [f"{'':16} {'queries':>7} {'nDCG@10':>8} {'MRR':>8} {'recall@50':>10} {'neg-empty':>10}"]
    for name, row in result["groups"].items():
        shown = [_figure(row[measure]) for measure in ("ndcg", "mrr", "recall", "neg_empty")]
        lines.append("{:16} {:>7} {:>8} {:>8} {:>10} {:>10}".format(name, row["queries"], *shown))
    if per_query:
        lines += [f"{q['id']}  {q['kind']}  {q['ndcg']:.3f}  {q['query']}" for q in result["queries"]]
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


class WordsFirst(TyperGroup):
    """A group in which what is no command is what `words` looks for: ``shuyuan search 空气质量``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.commands and not args[0].startswith("-"):
            args = ["words", *args]
        return super().resolve_command(ctx, args)


def rehearsal(result: dict[str, Any]) -> str:
    """What a draft of the steering would change."""
    judged = result["judged"] or {"kinds": {}, "better": [], "worse": []}
    lines = [f"{'':16} {'queries':>7} {'before':>8} {'after':>8}"] if judged["kinds"] else ["No judged queries."]
    for kind, row in judged["kinds"].items():
        lines.append(f"{kind:16} {row['queries']:>7} {_figure(row['before']):>8} {_figure(row['after']):>8}")
    for name in ("better", "worse"):
        lines += [f"{name}: {q['before']['ndcg']:.3f} → {q['after']['ndcg']:.3f}  {q['query']}" for q in judged[name]]
    changed = [q for q in result["frequent"] if not q["same"]]
    lines += [f"changed: {q['query']}, {q['overlap']} of {len(q['before'])} first hits stay" for q in changed]
    return "\n".join(lines)
