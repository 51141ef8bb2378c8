"""The account that the cluster's tests rely on: whatever is wrong, it must see, and nothing else."""

import pytest

from support.accounting import Account, Verdict, body_of

ONE, OTHER, THIRD = "romeo@x/1", "juliet@x/1", "mercutio@x/1"


def received(*numbers, by=OTHER, from_=ONE):
    """The verdict on four stanzas from ONE to OTHER of which these came."""
    account = Account()
    for _ in range(4):
        account.send(ONE, OTHER)
    for number in numbers:
        account.received(by, from_, body_of(ONE, OTHER, number))
    return account.verdict()


@pytest.mark.parametrize("numbers, verdict", [
    ((1, 2, 3, 4), Verdict()),
    ((1, 2, 4), Verdict(lost=((ONE, OTHER, 3),))),
    ((1, 2, 3), Verdict(lost=((ONE, OTHER, 4),))),
    ((1, 2, 2, 3, 4), Verdict(doubled=((ONE, OTHER, 2),))),
    ((1, 2, 3, 4, 1), Verdict(doubled=((ONE, OTHER, 1),))),
    ((1, 3, 2, 4), Verdict(reordered=((ONE, OTHER, 2),))),
    ((1, 2, 3, 4, 5), Verdict(misdelivered=((OTHER, ONE, OTHER, 5),))),
])
def test_the_account_sees_what_is_wrong(numbers, verdict):
    assert received(*numbers) == verdict
    assert bool(verdict) == (verdict != Verdict())


def test_the_account_sees_who_should_not_have_it():
    lost = tuple((ONE, OTHER, number) for number in (1, 2, 3, 4))

    assert received(2, by=THIRD) == Verdict(lost=lost, misdelivered=((THIRD, ONE, OTHER, 2),))
    assert received(2, from_=THIRD) == Verdict(lost=lost, misdelivered=((OTHER, ONE, OTHER, 2),))
