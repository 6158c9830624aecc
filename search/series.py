"""What makes records a series: titles that differ in the place, the year or a number only."""

import re

from search.analysis import fold, joined
from search.places import Named, named_in

#: Parts of a date, and counted things such as a page or a batch.
_NUMBERS = re.compile(
    r"第?[0-9零〇一二三四五六七八九十百]+(?:[.\-/年][0-9]+)*(?:年度|年份|年|季度|月份|月|日|期|批次|批|次|届|号|季)|[0-9]+|[上下]半年|[一二三四]季度"
)
_SHORTEST = 3


def series_of(folded_title: str, places: list[Named]) -> str:
    """The title without places and numbers; "" where too little is left to go by."""
    text = folded_title
    for place in places:
        text = text.replace(place.name, " ")
    key = joined(_NUMBERS.sub(" ", text))
    return key if len(key) >= _SHORTEST else ""


def kin(title: str) -> str:
    """What titles of one series have in common; the title itself where it is of none."""
    folded = fold(title)
    return series_of(folded, named_in(folded)) or folded
