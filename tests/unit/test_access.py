"""The access request: given a history, when a command, then these events; and no path around the table."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from catalog.domain import access
from catalog.domain.access import (
    MAY,
    Amend,
    Approve,
    Ask,
    Granted,
    Reject,
    Request,
    Return,
    Revoke,
    State,
    TakeToken,
    Wish,
    decide,
    fold,
)
from catalog.domain.datasets import Offer
from catalog.domain.errors import InvalidError, NotAllowedError
from catalog.domain.people import Role
from catalog.domain.vocabulary import Purpose

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OFFER = Offer(purposes=(Purpose.RESEARCH,), calls=100, days=30)
WISH = Wish(Purpose.RESEARCH, "论文", 10, 50)
COMMANDS = (Ask(WISH), Amend(WISH), Return("补充"), Approve(50, 10), Reject("不符"), Revoke("违约"), TakeToken())


def given(*commands: tuple[Role, access.Command]) -> Request:
    events: list[access.Event] = []
    for role, command in commands:
        events += decide(fold(events), OFFER, {role}, command, NOW)
    return fold(events)


def test_from_asking_to_a_grant_with_terms() -> None:
    request = given((Role.APPLICANT, Ask(WISH)), (Role.ACCESS_OFFICER, Approve(20, 5)))

    assert request.state is State.GRANTED
    assert request.granted == Granted(20, 5, NOW.isoformat(), (NOW + timedelta(days=5)).isoformat(), "")


def test_a_returned_request_is_corrected_and_decided_again() -> None:
    request = given(
        (Role.APPLICANT, Ask(WISH)), (Role.ACCESS_OFFICER, Return("补充用途")), (Role.APPLICANT, Amend(WISH))
    )

    assert request.state is State.SUBMITTED


def test_an_applicant_cannot_approve_her_own_request() -> None:
    request = given((Role.APPLICANT, Ask(WISH)))

    with pytest.raises(NotAllowedError):
        decide(request, OFFER, {Role.APPLICANT}, Approve(1, 1), NOW)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(Purpose.BUSINESS, "x", 10, 50), "purpose"),
        (Wish(Purpose.RESEARCH, " ", 10, 50), "words"),
        (Wish(Purpose.RESEARCH, "x", 31, 50), "days"),
        (Wish(Purpose.RESEARCH, "x", 10, 0), "calls"),
    ],
)
def test_a_wish_outside_the_offer_names_the_field_and_the_cure(wish: Wish, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        decide(Request(), OFFER, {Role.APPLICANT}, Ask(wish), NOW)

    assert caught.value.field == field
    assert caught.value.cure


def test_the_table_names_every_state_and_nothing_leaves_the_ends() -> None:
    assert set(MAY) == set(State)
    assert MAY[State.REJECTED] == MAY[State.REVOKED] == {}


class RequestMachine(RuleBasedStateMachine):
    """Any actor tries any command at any time; the table alone decides."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[access.Event] = []

    @rule(role=st.sampled_from(Role), command=st.sampled_from(COMMANDS))
    def attempt(self, role: Role, command: access.Command) -> None:
        request = fold(self.events)
        allowed = type(command) in MAY[request.state].get(role, frozenset())
        try:
            self.events += decide(request, OFFER, {role}, command, NOW)
        except NotAllowedError:
            assert not allowed
        else:
            assert allowed

    @invariant()
    def a_grant_lies_within_the_offer_and_needs_a_wish(self) -> None:
        request = fold(self.events)
        if request.state is State.GRANTED:
            assert request.wish is not None
            assert request.granted is not None
            assert request.granted.calls <= OFFER.calls
        assert (request.state is State.NEW) == (not self.events)


TestRequestMachine = RequestMachine.TestCase
TestRequestMachine.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
