"""The house writer: authors in the place of a model."""

import asyncio

import pytest
from pydantic import BaseModel

from vidfactory.errors import Exhausted, Permanent
from vidfactory.ports import WritingTask
from vidfactory.providers.house_writer import HouseWriter


class Question(BaseModel):
    text: str


class Reply(BaseModel):
    text: str


def task(text: str = "hello", name: str = "test.echo") -> WritingTask[Question, Reply]:
    return WritingTask(
        name=name,
        instructions="Say it again.",
        material=Question(text=text),
        output=Reply,
        complaints=lambda reply: ["Do not shout."] if reply.text.isupper() else [],
    )


def echo(question: Question) -> Reply:
    return Reply(text=question.text)


def test_an_author_answers_at_no_cost() -> None:
    written = asyncio.run(HouseWriter({"test.echo": echo}).write(task()))
    assert written.text == Reply(text="hello")
    assert (written.made_by.provider, written.made_by.model) == ("house", "house:test.echo")
    assert written.made_by.cost_usd == 0


def test_a_task_without_an_author_is_refused() -> None:
    with pytest.raises(Permanent, match=r"no author for test\.other"):
        asyncio.run(HouseWriter({"test.echo": echo}).write(task(name="test.other")))


def test_a_text_that_fails_its_checks_is_never_delivered() -> None:
    with pytest.raises(Exhausted, match=r"test\.echo.*Do not shout"):
        asyncio.run(HouseWriter({"test.echo": echo}).write(task("HELLO")))
