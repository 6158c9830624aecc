"""What a ranking is worth, by hand-counted examples."""

import pytest

from search.quality import BadJudgementError, Judged, read, score, table

AIR = Judged(id="q1", query="空气", kind="keyword", corpus="cn", relevant={"a:1": 3, "a:2": 2, "a:3": 1})
NONE = Judged(id="q2", query="潜艇", kind="negative", corpus="cn")


def test_the_ideal_order_is_worth_one() -> None:
    found = score(AIR, ["a:1", "a:2", "a:3"])

    assert (found.ndcg, found.mrr, found.recall) == (1.0, 1.0, 1.0)


def test_a_later_place_is_worth_less() -> None:
    found = score(AIR, ["x", "a:2"])

    # gain 3 at rank 2, of 7 + 3 / log2(3) + 1 / 2
    assert found.ndcg == pytest.approx(3 / 1.5849625 / (7 + 3 / 1.5849625 + 0.5))
    assert (found.mrr, found.recall) == (0.5, 0.5)


def test_a_hit_counts_once_and_to_fifty() -> None:
    assert score(AIR, ["x", "x", "a:1"]).mrr == 0.5
    assert score(AIR, [f"x{n}" for n in range(50)] + ["a:1"]).mrr == 0


def test_negatives_count_in_their_own_measure_only() -> None:
    rows = table([score(AIR, ["a:1"]), score(NONE, []), score(NONE, ["a:1"])])

    assert rows["overall"]["ndcg"] == rows["keyword"]["ndcg"]
    assert rows["overall"]["neg_empty"] == 0.5
    assert rows["negative"]["ndcg"] is None


def test_a_bad_line_is_named() -> None:
    with pytest.raises(BadJudgementError, match="line 2"):
        list(read(['{"id": "q1", "query": "空气"}', '{"id": "q2"}']))
