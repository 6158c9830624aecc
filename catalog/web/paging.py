"""Numbers of pages."""

_NEAR = 2


def numbered(page: int, pages: int) -> list[int | None]:
    """Page numbers around this one, the first and the last; None where some are left out."""
    near = sorted({1, *range(max(1, page - _NEAR), min(pages, page + _NEAR) + 1), max(1, pages)})
    numbers: list[int | None] = []
    for before, number in zip([0, *near], near, strict=False):
        numbers += [None, number] if number - before > 1 else [number]
    return numbers
