"""How often it was tried to see what a reader may not, for the summary of a test run."""

from collections import Counter

#: what was compared with a plain scan → how often
TRIED: Counter[str] = Counter()


def told() -> list[str]:
    """The summary, a line each."""
    return [f"{what}: {times:,}" for what, times in sorted(TRIED.items())]
