"""Documents with their terms, many of them made by a process beside this one.

Making terms is most of the work of a rebuild, and Python does it on one core. The process is started by the first
large amount, and is given documents and gives back terms over its standard input and output. It ends by itself: when
nothing came for half a minute, and when its input ends, which it does however this process ends. What it does not give
back is made here.
"""

import atexit
import selectors
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from io import FileIO
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import orjson

from search.indexed import indexed
from search.model import Document

#: Fewer documents are not worth a process.
MANY = 2000
#: Documents that travel together, and how many such parcels there are at a time.
_PARCEL = 200
_WAITING, _MOST = 2, 6
#: Seconds without work after which the process ends.
_IDLE = 30.0
_LENGTH = 4

#: field → its terms, with spaces between them; of ``series`` the one term
Fields = Mapping[str, str]


def fields(document: Document) -> Fields:
    """The terms of each field that has any, as text that a tokenizer cuts at spaces."""
    return {name: " ".join(terms) for name, terms in indexed(document).items() if terms}


def analyzed(documents: Iterable[Document]) -> Iterator[tuple[Document, Fields]]:
    """Documents and their terms, in the same order; a bounded number of them is on the way."""
    iterator = iter(documents)
    first = list(islice(iterator, MANY))
    if len(first) < MANY or not _free.acquire(blocking=False):
        yield from ((document, fields(document)) for document in chain(first, iterator))
        return
    _beside.failed = False
    try:
        yield from _shared(_parcels(chain(first, iterator)))
    finally:
        _free.release()


def _parcels(documents: Iterable[Document]) -> Iterator[list[Document]]:
    iterator = iter(documents)
    while parcel := list(islice(iterator, _PARCEL)):
        yield parcel


def _shared(parcels: Iterator[list[Document]]) -> Iterator[tuple[Document, Fields]]:
    """Each parcel goes to the process beside while it has fewer than two to do, and is else done here."""
    waiting: deque[tuple[list[Document], Future[Sequence[Fields]]]] = deque()
    while True:
        busy = sum(not future.done() for _, future in waiting)
        more = len(waiting) < _MOST and (busy < _WAITING or not waiting[0][1].done())
        if more and (parcel := next(parcels, None)):
            waiting.append((parcel, _away(parcel) if busy < _WAITING else _here(parcel)))
            continue
        if not waiting:
            return
        done, future = waiting.popleft()
        yield from zip(done, future.result(), strict=True)


def _away(parcel: list[Document]) -> Future[Sequence[Fields]]:
    return _asking.submit(_beside.fields, parcel)


def _here(parcel: list[Document]) -> Future[Sequence[Fields]]:
    done: Future[Sequence[Fields]] = Future()
    done.set_result([fields(document) for document in parcel])
    return done


class _Beside:
    """The process, while there is one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        #: Whether it failed; then it is not tried again for the same documents.
        self.failed = False

    def fields(self, parcel: list[Document]) -> Sequence[Fields]:
        if not self.failed:
            try:
                return self._asked(parcel)
            except OSError:
                self.failed = True
                self.end()
        return [fields(document) for document in parcel]

    def _asked(self, parcel: list[Document]) -> Sequence[Fields]:
        into, out = self._pipes()
        _send(into, orjson.dumps([(d.id, d.text, d.signals, d.dates) for d in parcel]))
        if not (answer := _received(out)):
            raise BrokenPipeError
        return orjson.loads(answer)  # type: ignore[no-any-return]  # it is what _work has sent

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None or self._process.poll() is not None:
            self.end()
            # Its own session: a Ctrl-C is for this process, and the other ends with it.
            self._process = subprocess.Popen(  # noqa: S603 ourselves
                [sys.executable, "-m", __spec__.name],
                cwd=Path(__file__).parents[1],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError  # both were asked for
        return self._process.stdin, self._process.stdout

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


#: One at a time is served by the process; others do without.
_free = threading.Lock()
_asking = ThreadPoolExecutor(1, thread_name_prefix="analyzing")
_beside = _Beside()
atexit.register(_beside.end)


def _send(out: IO[bytes], message: bytes) -> None:
    out.write(len(message).to_bytes(_LENGTH) + message)
    out.flush()


def _received(source: IO[bytes] | FileIO) -> bytes:
    """The next message; nothing at the end."""
    return _exactly(source, int.from_bytes(_exactly(source, _LENGTH)))


def _exactly(source: IO[bytes] | FileIO, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        if not (more := source.read(count - len(found))):
            return b""
        found += more
    return bytes(found)


def _work(source: FileIO, out: IO[bytes]) -> None:
    """What the process does."""
    ready = selectors.DefaultSelector()
    ready.register(source, selectors.EVENT_READ)
    while ready.select(_IDLE) and (message := _received(source)):
        told: list[Any] = orjson.loads(message)
        documents = (Document(i, 0, text, signals=signals, dates=dates) for i, text, signals, dates in told)
        _send(out, orjson.dumps([fields(document) for document in documents]))


if __name__ == "__main__":
    # Unbuffered: what lay in a buffer would not be seen to be ready.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as raw:
        _work(raw, sys.stdout.buffer)
