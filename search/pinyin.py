"""Chinese characters → their sounds in pinyin, without tones."""

import os
from functools import cache, lru_cache
from itertools import chain, islice

# Its phrases would take 40 MB, and know no place names; the usual readings below do better for titles.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # noqa: TID251 the library is told so in no other way

from pypinyin import Style, lazy_pinyin

#: Characters with several usual readings, after 普通话异读词审音表 (1985); the others are read as the library says.
_SEVERAL = {
    "长": ("chang", "zhang"), "重": ("zhong", "chong"), "行": ("xing", "hang"), "乐": ("le", "yue"),
    "会": ("hui", "kuai"), "都": ("du", "dou"), "调": ("diao", "tiao"), "传": ("chuan", "zhuan"),
    "藏": ("cang", "zang"), "朝": ("chao", "zhao"), "车": ("che", "ju"), "称": ("cheng", "chen"),
    "单": ("dan", "shan"), "弹": ("dan", "tan"), "的": ("de", "di"), "地": ("di", "de"), "得": ("de", "dei"),
    "度": ("du", "duo"), "给": ("gei", "ji"), "还": ("hai", "huan"),
    "和": ("he", "huo"), "合": ("he", "ge"), "降": ("jiang", "xiang"), "角": ("jiao", "jue"), "校": ("xiao", "jiao"),
    "解": ("jie", "xie"), "卡": ("ka", "qia"), "壳": ("ke", "qiao"),
    "六": ("liu", "lu"), "落": ("luo", "lao"), "率": ("lv", "shuai"), "绿": ("lv", "lu"), "模": ("mo", "mu"),
    "弄": ("nong", "long"), "泊": ("bo", "po"), "堡": ("bao", "pu"),
    "强": ("qiang", "jiang"), "区": ("qu", "ou"), "圈": ("quan", "juan"),
    "塞": ("sai", "se"), "色": ("se", "shai"), "厦": ("xia", "sha"), "省": ("sheng", "xing"), "盛": ("sheng", "cheng"),
    "石": ("shi", "dan"), "识": ("shi", "zhi"), "宿": ("su", "xiu"),
    "系": ("xi", "ji"), "血": ("xue", "xie"),
    "择": ("ze", "zhai"), "着": ("zhe", "zhao"),
    "粘": ("zhan", "nian"), "女": ("nv", "nu"), "旅": ("lv", "lu"), "铝": ("lv", "lu"),
    "屡": ("lv", "lu"), "律": ("lv", "lu"), "履": ("lv", "lu"), "驴": ("lv", "lu"), "虑": ("lv", "lu"),
    "吕": ("lv", "lu"), "略": ("lve", "lue"),
}  # fmt: skip


@lru_cache(maxsize=30_000)
def readings(unit: str) -> tuple[str, ...]:
    """The usual sounds of one character; of anything else itself."""
    if unit in _SEVERAL:
        return _SEVERAL[unit]
    return (str(lazy_pinyin(unit, style=Style.NORMAL, v_to_u=False)[0]),)


def sound(syllable: str) -> str:
    """A syllable as many hear and type it: without the differences of zh, ch, sh and ang, eng, ing (模糊音)."""
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    return syllable[:-1] if syllable.endswith(("ang", "eng", "ing")) and not syllable.endswith("iang") else syllable


@lru_cache(maxsize=30_000)
def heard(unit: str) -> frozenset[str]:
    """The sounds of one character."""
    return frozenset(sound(reading) for reading in readings(unit))


def sounds(parts: list[str]) -> list[str]:
    """Pairs of neighboring sounds, in every usual reading."""
    return list(chain.from_iterable(map(_beside, parts, islice(parts, 1, None))))


@lru_cache(maxsize=30_000)
def _beside(one: str, other: str) -> tuple[str, ...]:
    return tuple(first + second for first in sorted(heard(one)) for second in sorted(heard(other)))


def syllables(letters: str) -> list[str]:
    """Letters typed without spaces as syllables of pinyin, the longest first; [] when they are none."""
    for length in range(min(_LONGEST, len(letters)), 0, -1):
        if letters[:length] in _syllables():
            if length == len(letters):
                return [letters]
            if rest := syllables(letters[length:]):
                return [letters[:length], *rest]
    return []


_LONGEST = 6


@cache
def _syllables() -> frozenset[str]:
    """Every syllable of the common characters (GB 2312)."""
    characters = (bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    common = (pair.decode("gb2312", "ignore") for pair in characters)
    return frozenset(reading for one in common if one for reading in readings(one) if reading.isascii())
