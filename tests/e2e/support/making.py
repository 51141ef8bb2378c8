"""Fixtures that hand out a maker: a test makes as many as it needs, and all are ended with it."""


def made_on_demand(make, end):
    """For `yield from` in a fixture: hands out a function that calls make(number, ...), numbers from 0, and calls
    end() with each result when the test is over."""
    made = []

    def make_one(*args, **keys):
        made.append(make(len(made), *args, **keys))
        return made[-1]

    yield make_one
    for each in made:
        end(each)
