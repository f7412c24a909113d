"""YAML that people write, read without surprises: every field with its line, and nothing that grows when it is read.

Belongs here: what is no document at all, and where a field of one stands. Does not belong here: what its fields mean
(`channels`, `orders`).
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from vidfactory.errors import BadInput

MOST_BYTES = 200_000
"""Of a document: the largest that anybody wrote by hand is a hundredth of this."""
DEEPEST = 20
"""Levels of a document in one another; a channel has three."""
Kind = TypeVar("Kind", bound=BaseModel)
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """What a file says, where it came from, and on which line each field and item of it stands."""

    source: str
    fields: dict[str, Any]
    lines: Mapping[Place, int] = field(default_factory=dict)

    def where(self, place: Place) -> str:
        """The file, the line and the field of a place, as far as the file goes into it."""
        known = next((place[:end] for end in range(len(place), 0, -1) if place[:end] in self.lines), ())
        line = [f"line {self.lines[known]}"] if known else []
        return ", ".join((self.source, *line, *([".".join(map(str, place))] if place else [])))


class _Loader(yaml.SafeLoader):
    """What is no text is what people take for none: `16:9`, `8:00`, `ON`, `no` and `0700` are what they look like.

    YAML 1.1, which the library reads, takes them for 969, 480, true, false and 448. Days are read by the models.
    """


_NOT_TEXT = {
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", "~nN"),
    "tag:yaml.org,2002:bool": ("true|True|TRUE|false|False|FALSE", "tTfF"),
    "tag:yaml.org,2002:int": ("[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    "tag:yaml.org,2002:float": (r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?|[-+]?\.[0-9]+", "-+0123456789."),
}
_Loader.yaml_implicit_resolvers = {}
for _tag, (_pattern, _firsts) in _NOT_TEXT.items():
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), [*_firsts])
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])


def parse_document(content: bytes, source: str) -> Document:
    """The document in a file's bytes; BadInput naming `source` and the line for what is none.

    One YAML mapping in UTF-8, without tabs, anchors, and names that come twice. A field with nothing behind it says
    nothing.
    """
    if len(content) > MOST_BYTES:
        raise BadInput(
            f"it has {len(content):,} bytes, and a document like this at most {MOST_BYTES:,}",
            where=source,
            remedy="Is it the right file?",
        )
    text = _text(content, source)
    loader = _Loader(text)
    try:
        _check_events(text, source)
        node = loader.get_single_node()
        if node is None:
            raise BadInput("it is empty", where=source, remedy="It is made of `name: value` lines")
        if not isinstance(node, yaml.MappingNode):
            raise BadInput("it is no list of `name: value` lines", where=f"{source}, line {_line(node)}")
        lines: dict[Place, int] = {}
        _note_lines(node, (), lines, source)
        fields = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise _no_yaml(error, text, source) from error
    except (yaml.YAMLError, ValueError) as error:  # a number of thousands of digits is a ValueError
        raise BadInput(f"it is not YAML: {' '.join(str(error).split())}", where=source) from error
    finally:
        loader.dispose()
    return Document(source, _said(fields), lines)


def checked(document: Document, kind: type[Kind], remedy: str) -> Kind:
    """The document as a model; BadInput with line, field, reason and remedy for the first thing that is wrong."""
    try:
        return kind.model_validate(document.fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # A name that no key can have is told as a part of the place.
        place = tuple(part for part in first["loc"] if part != "[key]")
        if first["type"] == "extra_forbidden":
            raise _unknown(document, kind, place) from error
        said = first["msg"].removeprefix("Value error, ")
        if first["type"] == "model_type":
            said = f"it has fields of its own: {', '.join(_names(kind, (*place, '')))}"
        raise BadInput(said[:1].lower() + said[1:], where=document.where(place), remedy=remedy) from error


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _said(inner) for name, inner in value.items() if inner is not None}
    return [_said(item) for item in value] if isinstance(value, list) else value


def _text(content: bytes, source: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadInput(
            "it is no text in UTF-8", where=f"{source}, line {line}", remedy="Save it as UTF-8; is it the right file?"
        ) from error
    if strange := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text[: strange.start()].count("\n") + 1
        raise BadInput(
            f"it holds the character {strange.group()!a}, which is no text",
            where=f"{source}, line {line}",
            remedy="Remove it; is it the right file?",
        )
    return text


def _check_events(text: str, source: str) -> None:
    """Refuse, before anything is built, what refers to itself or lies too deep."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        where = f"{source}, line {event.start_mark.line + 1}" if event.start_mark else source
        if isinstance(event, yaml.AliasEvent):
            raise BadInput(
                "anchors and aliases (& and *) are not read",
                where=where,
                remedy="Write it out, or quote a text that begins with * or &",
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise BadInput(f"it has more than {DEEPEST} levels", where=where)


def _note_lines(node: yaml.Node, place: Place, lines: dict[Place, int], source: str) -> None:
    """The line of each field and item below `node`; BadInput for a name that comes twice."""
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[*place, number] = _line(item)
            _note_lines(item, (*place, number), lines, source)
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = (*place, str(name.value))
            if inner in lines:
                raise BadInput(
                    f"{'.'.join(map(str, inner))} stands there twice, first on line {lines[inner]}",
                    where=f"{source}, line {_line(name)}",
                    remedy="Keep one of them",
                )
            lines[inner] = _line(name)
            _note_lines(value, inner, lines, source)


def _line(node: yaml.Node) -> int:
    assert node.start_mark is not None
    return node.start_mark.line + 1


def _no_yaml(error: yaml.MarkedYAMLError, text: str, source: str) -> BadInput:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    where = f"{source}, line {line}"
    if "\t" in text.split("\n")[line - 1]:
        return BadInput("there is a tab, which YAML does not take for space", where=where, remedy="Indent with spaces")
    said = ", ".join(filter(None, (error.context, error.problem)))
    return BadInput(f"it is not YAML: {said}", where=where, remedy="Correct it; text with a : or # in it needs quotes")


def _unknown(document: Document, kind: type[BaseModel], place: Place) -> BadInput:
    names = list(_names(kind, place))
    name = str(place[-1])
    alike = difflib.get_close_matches(name, names, n=1)
    remedy = f"Did you mean {alike[0]}?" if alike else f"There are: {', '.join(names)}"
    return BadInput(f"there is no field {name!r}", where=document.where(place), remedy=remedy)


def _names(kind: type[BaseModel], place: Place) -> Iterator[str]:
    """The fields of the model that the last part of a place is looked for in."""
    inner: type[BaseModel] = kind
    for part in place[:-1]:
        found = inner.model_fields.get(str(part))
        models = [each for each in _types(found.annotation if found else None) if issubclass(each, BaseModel)]
        if not models:
            return
        inner = models[0]
    yield from inner.model_fields


def _types(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    for part in get_args(annotation):
        yield from _types(part)
