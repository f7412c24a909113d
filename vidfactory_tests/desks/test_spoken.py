import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.desks.spoken import letters, tokens_of
from vidfactory.errors import BadInput

FIGURES = "$€%.,-–—/:0123456789 BMKTxQHs'A&#@SP½²"


def spoken(text: str, language: str = "en") -> str:
    return " | ".join(token.spoken for token in tokens_of(text, language))


def shown(text: str) -> list[str]:
    return [token.shown for token in tokens_of(text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$245.67", "two hundred forty-five dollars and sixty-seven cents"),
        ("$1.2 billion,", "one point two billion dollars,"),
        ("$1.2B", "one point two billion dollars"),
        ("$1 $0.99 $.50 $5.00", "one dollar | ninety-nine cents | fifty cents | five dollars"),
        ("-$3.40 £2.01", "minus three dollars and forty cents | two pounds and one penny"),
        ("$310-$342", "three hundred ten to three hundred forty-two dollars"),
        ("-12.3% +4% 2.3%.", "minus twelve point three percent | plus four percent | two point three percent."),
        ("5-8%", "five to eight percent"),
        ("1,234", "one thousand two hundred thirty-four"),
        ("100K 10x", "one hundred thousand | ten times"),
        ("52-week", "fifty-two week"),
        ("2008, 1999 1905", "two thousand eight, | nineteen ninety-nine | nineteen oh-five"),
        ("2007–2008", "two thousand seven to two thousand eight"),
        ("the 1990s", "the | nineteen nineties"),
        ("October 10, 2008", "October tenth, | two thousand eight"),
        ("Sept. 3rd 21st", "September third | twenty-first"),
        ("May 5% rise", "May | five percent | rise"),
        ("10:30 9:05 9:00", "ten thirty | nine oh five | nine o'clock"),
        ("Q3 H1", "third quarter | first half"),
        ("1/2 3/4 24/7", "one half | three quarters | twenty-four seven"),
        ("007", "zero zero seven"),
        ("$5/share", "five dollars per share"),
        ("10²", "one hundred two"),
    ],
)
def test_figures_are_said_as_an_american_reads_them(text: str, said: str) -> None:
    assert spoken(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("S&P 500", "S and P five hundred"),
        ("S&P 500's", "S and P five hundred's"),
        ("$GOOG GOOG's $BRK.B", "G.O.O.G | G.O.O.G's | B.R.K.B"),
        ("CEO ETFs AI", "C.E.O | E.T.F's | A.I"),
        ("P/E vs. R&D", "P.E | versus | R and D"),
        ("MSFT rose", "M.S.F.T | rose"),
        ("HUGE ALL-CAPS WE’RE", "HUGE | ALL CAPS | WE'RE"),
        ("don’t I’m", "don't | I'm"),
        ("@elon_musk #StocksToWatch #1", "at elon musk | hashtag Stocks To Watch | number one"),
        ("see https://x.com/a?b=1.", "see | link."),
        ("apple.com", "apple dot com"),
        ("e.g. this", "for example | this"),
    ],
)
def test_names_and_signs_are_said_as_words(text: str, said: str) -> None:
    assert spoken(text) == said


def test_a_phrase_with_a_space_is_one_thing_on_screen() -> None:
    assert shown("The S&P 500 lost $1.2 billion on October 10, 2008.") == [
        "The", "S&P 500", "lost", "$1.2 billion", "on", "October 10,", "2008."
    ]  # fmt: skip


def test_punctuation_stays_where_the_voice_must_pause() -> None:
    assert spoken("Up, “yes!” (really) no…") == "Up, | yes! | really, | no."


def test_a_full_stop_of_an_abbreviation_ends_only_the_text() -> None:
    assert spoken("the U.S. market") == "the | U.S | market"
    assert spoken("in the U.S.") == "in | the | U.S."


def test_dashes_and_emoji_are_shown_with_a_word_and_not_said() -> None:
    tokens = tokens_of("🚀 It fell — hard—then rose 🚀🚀.")
    assert [token.shown for token in tokens] == ["🚀 It", "fell —", "hard—", "then", "rose 🚀🚀."]
    assert [token.spoken for token in tokens] == ["It", "fell,", "hard,", "then", "rose."]


def test_what_cannot_be_spoken_gives_no_token() -> None:
    assert tokens_of(" — 🚀 ") == ()


def test_the_names_of_a_script_come_first() -> None:
    tokens = tokens_of("$GOOG, GOOG's and $GOOG's Alphabet Inc.", names={"GOOG": "Google", "Alphabet Inc.": "Alphabet"})
    assert [token.spoken for token in tokens] == ["Google,", "Google's", "and", "Google's", "Alphabet."]


def test_a_spoken_name_with_a_digit_is_refused() -> None:
    with pytest.raises(BadInput, match="holds a digit"):
        tokens_of("XAI", names={"XAI": "X 1"})


def test_letters_are_parted_by_points() -> None:
    assert letters("BRK.B") == "B.R.K.B"


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("de", "-12,3 % & 14,50 €", "minus zwölf Komma drei Prozent | und | vierzehn Euro und fünfzig Cent"),
        ("fr", "12,5 %", "douze virgule cinq pour cent"),
        ("es-MX", "$3,50", "tres dólares con cincuenta centavos"),
    ],
)
def test_other_languages_say_their_own_figures(language: str, text: str, said: str) -> None:
    assert spoken(text, language) == said


def test_a_language_without_rules_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match=r"'tlh'.*en, de"):
        tokens_of("Qapla'", "tlh")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.text(alphabet=FIGURES, max_size=25), st.sampled_from(["en", "de", "fr", "es", "it"]))
def test_any_text_keeps_what_is_shown_and_says_no_digit(text: str, language: str) -> None:
    tokens = tokens_of(text, language)
    assert all(token.spoken.strip() and not any(char.isdigit() for char in token.spoken) for token in tokens)
    if tokens:
        assert "".join("".join(token.shown.split()) for token in tokens) == "".join(text.split())
