"""Terms that a process beside makes: the same ones, in order, whatever becomes of the process."""

import os
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import psutil

from search import analyzing
from search.analyzing import MANY, analyzed, fields
from search.model import Document

ROOT = Path(__file__).parents[2]


def documents(count: int) -> list[Document]:
    return [
        Document(
            f"d{number:05d}",
            number,
            {"title": f"泸州市长江空气质量{number}年度报告", "description": "系列, GB/T 3095\n说明", "series": "a b"},
            signals={"quality": number % 6},
            dates={"modified": number * 86_400},
        )
        for number in range(count)
    ]


def test_terms_are_the_same_and_in_order_as_made_here() -> None:
    given = documents(MANY + 777)

    assert [(d, dict(f)) for d, f in analyzed(given)] == [(d, dict(fields(d))) for d in given]


def test_a_process_that_is_killed_costs_no_document() -> None:
    given, seen = documents(MANY * 2), []
    for number, (document, _) in enumerate(analyzed(given)):
        seen.append(document.id)
        if number == 500:
            os.kill(analyzing._beside._process.pid, signal.SIGKILL)  # type: ignore[union-attr]

    assert seen == [document.id for document in given]
    assert len(list(analyzed(given))) == len(given)


def test_two_at_a_time_do_not_wait_for_each_other() -> None:
    first = analyzed(documents(MANY))
    next(first)

    assert len(list(analyzed(documents(MANY)))) == MANY
    assert len(list(first)) == MANY - 1


def test_documents_come_in_a_bounded_number() -> None:
    taken = 0

    def counted() -> object:
        nonlocal taken
        for document in documents(MANY * 4):
            taken += 1
            yield document

    list(islice(analyzed(counted()), 100))  # type: ignore[arg-type]

    assert taken <= MANY + 2000


_PARENT = """
from tests.contract.test_analyzing import documents, analyzed, analyzing
stream = analyzed(documents(50_000))
next(stream)
print(analyzing._beside._process.pid, flush=True)
for _ in stream:
    pass
"""


def test_the_process_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        child = psutil.Process(int(parent.stdout.readline()))  # type: ignore[union-attr]
        parent.kill()

    deadline = time.monotonic() + 30
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
