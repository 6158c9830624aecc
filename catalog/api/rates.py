"""How often a key of a person may be used: a moving window in the memory of the process, for it is asked on every read.

The answer says how much is left (draft-ietf-httpapi-ratelimit-headers).
"""

from math import ceil

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from catalog.domain.errors import ThrottledError


class Rates:
    """The requests of each key, as far back as the window reaches."""

    def __init__(self, rate: str) -> None:
        self._rate = parse(rate)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, key_id: str, now: float) -> str:
        """Count a request, and say what is left; ThrottledError once that is nothing. ``now`` in seconds."""
        taken = self._limiter.hit(self._rate, key_id)
        left = self._limiter.get_window_stats(self._rate, key_id)
        wait = max(1, ceil(left.reset_time - now))
        if not taken:
            raise ThrottledError(
                "This key was used too often.",
                cure="Wait {retry_after} seconds, or ask for less at a time.",
                retry_after=wait,
            )
        return f'"key";r={left.remaining};t={wait}'
