"""Remembered answers: never older than the last write, and never somebody else's."""

import random
import threading
from pathlib import Path

import orjson
import pytest

from catalog.services.answers import Answer, Answers
from catalog.services.search import Ask, answered, search
from search.embedded import EmbeddedIndex
from search.model import Document
from search.port import SearchIndex
from search.steering import Steering, usual_steering

USUAL = usual_steering()


def document(key: str, title: str, revision: int = 1, **facets: str) -> Document:
    card = {"id": key, "title": {"zh": title}, "description": {}, "publisher": "市局"}
    return Document(key, revision, {"title": title}, {n: (v,) for n, v in facets.items()}, card=card)


def ids(index: SearchIndex, answers: Answers, ask: Ask | None = None, steering: Steering = USUAL) -> list[str]:
    told = orjson.loads(answered(index, answers, ask or Ask("空气质量"), steering).body)
    return [hit["id"] for hit in told["hits"]]


def test_a_remembered_answer_is_what_the_search_says(index: SearchIndex) -> None:
    index.put([document("a", "空气质量"), document("b", "空气质量日报")])
    answers, ask = Answers(), Ask("空气质量", facets=("publisher",))

    first, again = (answered(index, answers, ask, USUAL) for _ in range(2))

    assert first == again
    assert orjson.loads(first.body) == orjson.loads(orjson.dumps(search(index, ask, USUAL)))


def test_no_answer_is_older_than_a_write(index: SearchIndex) -> None:
    answers, there = Answers(), set[str]()
    chance = random.Random(7)
    for revision in range(1, 40):
        name = chance.choice("abcdef")
        if chance.random() < 0.4:
            index.drop({name: revision})
            there.discard(name)
        else:
            index.put([document(name, "空气质量", revision)])
            there.add(name)

        assert set(ids(index, answers)) == there
        assert set(ids(index, answers)) == there


def test_a_rebuild_that_switches_is_seen(index: SearchIndex) -> None:
    index.put([document("a", "空气质量")])
    answers = Answers()
    assert ids(index, answers) == ["a"]

    index.rebuild([document("b", "空气质量")])

    assert ids(index, answers) == ["b"]


def test_what_another_process_writes_is_seen(tmp_path: Path) -> None:
    writer, reader = EmbeddedIndex(tmp_path), EmbeddedIndex(tmp_path)
    answers = Answers()
    for number in range(1, 15):
        writer.put([document(f"d{number}", "空气质量")])

        assert len(ids(reader, answers)) == number
        assert len(ids(reader, answers)) == number
    writer.close()


def test_answers_differ_by_all_that_was_asked(index: SearchIndex) -> None:
    index.put([document("a", "空气质量", format="csv"), document("b", "空气质量", format="xls")])
    answers = Answers()

    assert ids(index, answers, Ask("空气质量", {"format": ("csv",)})) == ["a"]
    assert ids(index, answers, Ask("空气质量", {"format": ("xls",)})) == ["b"]
    assert len(ids(index, answers, Ask("空气质量"))) == 2
    assert len(ids(index, answers, Ask("空气质量", size=1))) == 1


def test_a_new_steering_is_seen(index: SearchIndex) -> None:
    index.put([document("a", "空气质量"), document("b", "噪声")])
    answers = Answers()
    assert ids(index, answers) == ["a"]

    assert ids(index, answers, steering=Steering(pins={"空气质量": ("b",)})) == ["b", "a"]
    assert ids(index, answers) == ["a"]


def test_an_answer_begun_before_a_write_is_not_kept_for_after_it() -> None:
    answers = Answers()
    answers.keep(2, "空气", Answer(b"new", 1, 1))
    answers.keep(1, "空气", Answer(b"old", 1, 1))

    assert answers.find(2, "空气") in (None, Answer(b"new", 1, 1))


def test_memory_is_bounded_and_the_latest_stay() -> None:
    answers = Answers(room=1000)
    for number in range(100):
        answers.keep(1, str(number), Answer(b"x" * 100, 1, 1))

    known = [n for n in range(100) if answers.find(1, str(n))]
    assert known == list(range(90, 100))


@pytest.mark.parametrize("readers", [4])
def test_many_readers_while_one_writes_never_see_less_than_was_there(tmp_path: Path, readers: int) -> None:
    index, answers = EmbeddedIndex(tmp_path), Answers()
    index.put([document("d0", "空气质量")])
    written, wrong, done = [1], list[str](), threading.Event()

    def read() -> None:
        while not done.is_set():
            least = written[0]
            if (found := len(ids(index, answers))) < least:
                wrong.append(f"{found} found, {least} were there")

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for number in range(1, 20):
        index.put([document(f"d{number}", "空气质量")])
        written[0] = number + 1
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    index.close()
