"""Every number that is spoken is in the post or in the data."""

import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.desks.finance.claims import unsupported_numbers
from vidfactory_tests.desks.finance.conftest import Made, made_of, post

GOOGLE = made_of(post("Google fell, and I did not enjoy one minute of it.", date(2008, 10, 9)), "GOOG")
FIGURE = re.compile(r"\$?\d[\d,]*\.?\d*%?")


def wrong(text: str, made: Made = GOOGLE) -> list[str]:
    return [claim.text for claim in unsupported_numbers(text, made.selected.tweet, made.market)]


@pytest.mark.parametrize(
    "text",
    [
        "$328.98, $329, 328.98 dollars, 2.7%, 2.70 percent, 3 percent, three percent",
        "the sixth loss in a row, six closes in a row, its 6th",
        "October 9, 2008; October 2005; on 9 October; in 2005; November 6, 2007; the 6th of November 2007",
        "1,200 likes, 1.2 thousand likes, 78,000 views, seventy-eight thousand views",
        "The S&P 500 in one day, one of those days, two prices to watch, the first of them",
        "down −2.7% from a loss of -2.7%",
    ],
)
def test_true_numbers_pass_in_every_form(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("up 13.7% on the day", "13.7%"),
        ("thirteen point seven percent", "13.7 percent"),
        ("it fell 2.8%", "2.8%"),
        ("a close at $328.99", "$328.99"),
        ("a close at 328 dollars", "328 dollars"),
        ("328.98% of nothing", "328.98%"),
        ("seven closes in a row", "7"),
        ("the seventh loss in a row", "7"),
        ("on October 11, 2008", "October 11, 2008"),
        ("not since 1999", "1999"),
        ("in March 2008", "March 2008"),
        ("it lost half of its price", "half"),
        ("the price doubled", "doubled"),
        ("two million likes", "2000000"),
        ("3.4 million views", "3.4 million"),
        ("forty-two traders", "42"),
        ("a 52-week low", "52"),
        ("Q3 was bad", "3"),
    ],
)
def test_an_invented_number_is_caught(text: str, caught: str) -> None:
    assert wrong(text) == [caught]


def test_numbers_of_the_post_may_be_said_and_their_neighbours_may_not() -> None:
    made = made_of(post("I sold half at $412.50, up 31.4% in three weeks. Top 10!"), "GOOG")
    assert wrong("Half, at $412.50, is 31.4 percent in three weeks and a top 10", made) == []
    assert wrong("$412.60 or 31.5% in four weeks", made) == ["$412.60", "31.5%", "4"]


def test_digits_in_names_claim_nothing() -> None:
    author = post("x").author.model_copy(update={"name": "Trader 99", "handle": "t1000"})
    made = made_of(post("Google fell today, my friends.", author=author), "GOOG")
    assert wrong("Trader 99, known as @t1000, on the S&P 500 and the Russell 2000", made) == []


def test_no_sample_script_has_an_unsupported_number(sample_scripts: list[Made]) -> None:
    for made in sample_scripts:
        for text in (made.script, made.text.title, made.text.headline, made.text.strongest_fact):
            assert wrong(text, made) == []


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_changed_number_in_a_good_script_is_caught(sample_scripts: list[Made], data: st.DataObject) -> None:
    """Any digit of any figure, unless the mutant is by chance another true figure of the same material."""
    made = data.draw(st.sampled_from(sample_scripts))
    script = made.script.replace("S&P 500", "index")
    figure = data.draw(st.sampled_from(list(FIGURE.finditer(script))))
    place = data.draw(st.sampled_from([at for at in range(*figure.span()) if script[at].isdigit()]))
    digit = data.draw(st.sampled_from([char for char in "0123456789" if char != script[place]]))
    changed = script[:place] + digit + script[place + 1 :]
    mutant = changed[slice(*figure.span())]
    assert bool(wrong(changed, made)) or is_true_of(mutant, made)


def is_true_of(shown: str, made: Made) -> bool:
    """Whether a figure as shown is one of the material's, found without the code under test."""
    text = shown.strip("$%").rstrip(".,").replace(",", "")
    decimals = len(text.partition(".")[2])
    material = json.dumps([made.task.material.model_dump(mode="json"), made.selected.tweet.text])
    known = re.findall(r"\d+\.?\d*(?:e-?\d+)?", material)
    return any(f"{abs(float(value)):.{decimals}f}" == f"{float(text):.{decimals}f}" for value in known)


def test_of_all_digits_that_can_be_changed_hardly_any_slips_through(sample_scripts: list[Made]) -> None:
    tried = missed = 0
    for made in sample_scripts[::4]:
        script = made.script.replace("S&P 500", "index")
        for figure in FIGURE.finditer(script):
            for place in [at for at in range(*figure.span()) if script[at].isdigit()]:
                digit = str((int(script[place]) + 3) % 10)
                tried += 1
                missed += not wrong(script[:place] + digit + script[place + 1 :], made)
    assert tried > 100
    assert missed <= 0.03 * tried
