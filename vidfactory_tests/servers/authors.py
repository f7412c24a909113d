"""What the fake language models answer: the house authors' text where they know the task, else what fits the schema.

Belongs here: from a prompt and a wanted schema to an answer. Does not belong here: any service's wire format.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ValidationError

from vidfactory.desks.finance.house import AUTHORS
from vidfactory_tests.servers import posts

_MATERIAL = re.compile(r"<material\b[^>]*>((?:(?!<material\b).)*?)</material>", re.DOTALL)
_CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class Prompt:
    """All text that a model is given, and the tools and the schema that it may or must answer with."""

    text: str
    tools: Mapping[str, Mapping[str, Any]]
    """Their JSON schemas by name."""
    schema: Mapping[str, Any] | None = None
    """Of an answer in text, where JSON is asked for."""

    @property
    def tokens(self) -> int:
        return tokens(self.text) + sum(tokens(json.dumps(schema)) for schema in self.tools.values())


@dataclass(frozen=True)
class Reply:
    """Text, or a call of `tool`."""

    text: str = ""
    tool: str = ""
    arguments: Any = None

    @property
    def tokens(self) -> int:
        return tokens(self.text or json.dumps(self.arguments))


@dataclass(frozen=True)
class _Task:
    name: str
    author: Callable[[Any], BaseModel]
    material: type[BaseModel]
    output: type[BaseModel]


def tokens(text: str) -> int:
    """A plausible count, the same for the same text."""
    return 1 + len(text) // _CHARACTERS_A_TOKEN


def reply(prompt: Prompt, *, is_confused: bool = False) -> Reply:
    """The house's answer for a known task; for others what fits the schema; else a word.

    A confused one answers what no schema expects.
    """
    tool, schema = next(iter(prompt.tools.items()), ("", prompt.schema))
    task = _task(prompt)
    if is_confused:
        written: Any = {"thoughts": "I would rather talk about the weather."}
    elif task:
        written = task.author(_material(prompt, task)).model_dump(mode="json")
    elif schema:
        written = fill(schema)
    else:
        return Reply(text="OK")
    return Reply(tool=tool, arguments=written) if tool else Reply(text=json.dumps(written))


def topic(prompt: Prompt) -> str:
    """The task's name, as `finance.analysis`; empty for one that the house does not know."""
    task = _task(prompt)
    return task.name if task else ""


def _task(prompt: Prompt) -> _Task | None:
    schema = next(iter(prompt.tools.values()), prompt.schema)
    wanted = schema and set(_resolved(schema, schema).get("properties", {}))
    for task in _tasks():
        if (wanted is None or wanted == set(task.output.model_fields)) and _material(prompt, task):
            return task
    return None


@cache
def _tasks() -> tuple[_Task, ...]:
    tasks = []
    for name, author in AUTHORS.items():
        hints = get_type_hints(author)
        output = hints.pop("return")
        tasks.append(_Task(name, author, next(iter(hints.values())), output))
    return tuple(tasks)


def _material(prompt: Prompt, task: _Task) -> BaseModel | None:
    for text in reversed(_MATERIAL.findall(prompt.text)):
        try:
            return task.material.model_validate_json(text)
        except ValidationError:
            continue
    return None


def fill(schema: Mapping[str, Any], item: Mapping[str, Any] | None = None) -> Any:
    """A value that a JSON schema allows. Lists of objects become posts of the sample feed, field by field."""
    return _value(schema, schema, "", item)


def _value(schema: Mapping[str, Any], root: Mapping[str, Any], name: str, item: Mapping[str, Any] | None) -> Any:
    schema = _resolved(schema, root)
    if "const" in schema or "enum" in schema:
        return schema.get("const", next(iter(schema.get("enum", ())), None))
    if item and name in item and not isinstance(item[name], dict):
        return item[name]
    kind = str(schema.get("type", "object")).lower()
    if kind == "object":
        inner = item.get(name, item) if item else None
        return {key: _value(each, root, key, inner) for key, each in schema.get("properties", {}).items()}
    if kind == "array":
        return _list(schema, root, name)
    plain = {"integer": int(schema.get("minimum", 1)), "number": float(schema.get("minimum", 0.5)), "boolean": True}
    return _text(schema, name) if kind == "string" else plain.get(kind)


def _list(schema: Mapping[str, Any], root: Mapping[str, Any], name: str) -> list[Any]:
    each = schema.get("items", {})
    if "properties" in _resolved(each, root):
        return [_value(each, root, name, post) for post in posts.plain()][: schema.get("maxItems", 10)]
    return [_value(each, root, f"{name}_{number}", None) for number in range(schema.get("minItems", 1))]


def _text(schema: Mapping[str, Any], name: str) -> str:
    if schema.get("format") == "date-time":
        return "2022-06-28T20:00:00Z"
    text = f"What is to be said about {name.replace('_', ' ') or 'it'}."
    return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength", 1000)]


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind references and choices; the first that is not null."""
    while True:
        choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if "$ref" in schema:
            found: Any = root
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        elif choices:
            schema = next((each for each in choices if each.get("type") != "null"), choices[0])
        else:
            kind = schema.get("type")
            if isinstance(kind, list):
                return {**schema, "type": next(each for each in kind if each != "null")}
            return schema
