"""YAML that people write: nothing is taken for what it does not look like, and what is wrong is named with its line."""

import pytest
from pydantic import BaseModel, ConfigDict

from vidfactory.documents import MOST_BYTES, checked, parse_document
from vidfactory.errors import BadInput


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pages: int = 0
    names: tuple[str, ...] = ()


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = ""
    count: int = 0
    inner: Inner = Inner()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("16:9", "16:9"),
        ("8:30", "8:30"),
        ("1:02:03", "1:02:03"),
        ("0700", "0700"),
        ("ON", "ON"),
        ("no", "no"),
        ("2026-11-20", "2026-11-20"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("<<", "<<"),
        ("true", True),
        ("12", 12),
        ("-0.5", -0.5),
        ("'12'", "12"),
        ("“ä”", "“ä”"),
    ],
)
def test_a_value_is_what_people_take_it_for(written: str, meant: object) -> None:
    assert parse_document(f"title: {written}\n".encode(), "x.yaml").fields == {"title": meant}


@pytest.mark.parametrize("empty", ["", "~", "null", "# later"])
def test_a_field_with_nothing_behind_it_says_nothing(empty: str) -> None:
    document = parse_document(f"title: {empty}\ninner:\n  pages: {empty}\n".encode(), "x.yaml")
    assert document.fields == {"inner": {}}


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_it() -> None:
    document = parse_document(b"\xef\xbb\xbftitle: a\r\ncount: 1\r\n", "x.yaml")
    assert (document.fields, document.lines["count",]) == ({"title": "a", "count": 1}, 2)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title: a\ninner:\n\tpages: 1\n", "line 3: there is a tab.*Indent with spaces"),
        (BOMB, "line 2: anchors and aliases"),
        ("title: a\ncount: 1\ntitle: b\n", "line 3: title stands there twice, first on line 1"),
        ("inner:\n  pages: 1\n  'pages': 2\n", r"line 3: inner\.pages stands there twice, first on line 2"),
        ("- a\n- b\n", "line 1: it is no list of `name: value` lines"),
        ("just text", "it is no list"),
        ("", "it is empty"),
        ("# nothing yet\n", "it is empty"),
        ("a: 1\n---\nb: 2\n", "line 2: it is not YAML"),
        ("a: [", "line 1: it is not YAML"),
        ("title: a: b", "line 1: it is not YAML.*quotes"),
        ("? [a]\n: b", "it is not YAML"),
        ("title: !!python/object/apply:os.getcwd []", "line 1: it is not YAML"),
        ("[" * 5_000, "more than 20 levels"),
        ("inner: " + "{a: " * 30 + "}" * 30, "more than 20 levels"),
        (f"count: {'1' * 5_000}", "it is not YAML"),
        (f"title: {'x' * MOST_BYTES}", "has 200,007 bytes"),
        ("title: a\ncount: \a1\n", "line 2: it holds the character"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_document_is_refused_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        parse_document(text.encode(), "x.yaml")
    assert caught.value.where.startswith("x.yaml")


@pytest.mark.parametrize(("content", "line"), [(b"title: \xff", 1), (b"a: 1\nb: 2\nc: \xe4\n", 3)])
def test_what_is_not_utf_8_is_refused_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(BadInput, match=f"x.yaml, line {line}: it is no text in UTF-8"):
        parse_document(content, "x.yaml")


def test_a_binary_file_is_refused() -> None:
    with pytest.raises(BadInput, match="no text"):
        parse_document(bytes(range(256)), "x.yaml")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title: a\ncuont: 1\n", "line 2, cuont: there is no field 'cuont'. Did you mean count?"),
        ("inner:\n  colour: red\n", r"line 2, inner\.colour: there is no field 'colour'. There are: pages, names"),
        ("title: a\n\ncount: many\n", "line 3, count: input should be a valid integer.*Mend it"),
        ("inner:\n  names:\n    - a\n    - [b]\n", r"line 4, inner\.names\.1: input should be a valid string"),
        ("inner: five\n", "line 1, inner: it has fields of its own: pages, names"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_line_reason_and_remedy(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        checked(parse_document(text.encode(), "x.yaml"), Thing, "Mend it")


def test_a_document_that_is_right_is_the_model() -> None:
    text = b"title: ON\ninner: {names: [NO, 0700], pages: 3}\n"
    assert checked(parse_document(text, "x.yaml"), Thing, "") == Thing(
        title="ON", inner=Inner(pages=3, names=("NO", "0700"))
    )
