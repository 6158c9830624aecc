"""Secrets: their shape finds typing errors, and only a digest is kept."""

from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.tokens import digest, mint, wellformed


def test_a_minted_secret_is_well_formed_and_unlike_the_next() -> None:
    secret = mint("shuyuan_key")

    assert wellformed(secret, "shuyuan_key")
    assert not wellformed(secret, "shuyuan_token")
    assert secret != mint("shuyuan_key")
    assert len(digest(secret)) == 64


@given(st.integers(0, 42), st.characters(codec="ascii", categories=("L", "N")))
def test_one_wrong_character_is_noticed(place: int, character: str) -> None:
    secret = mint("p")
    at = len("p_") + place
    changed = secret[:at] + character + secret[at + 1 :]

    assert wellformed(changed, "p") == (changed == secret)


@given(st.text(max_size=80))
def test_anything_else_is_refused(text: str) -> None:
    assert not wellformed(text, "shuyuan_key")
