"""The writer of the embedded profile: deterministic authors in the place of a model.

The authors stand behind pydantic-ai's `FunctionModel`, so that the same agent, prompt and validators
run as for a service. Belongs here: that stage. Does not belong here: the authors, who sit at the desks.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from vidfactory.desks.finance.house import AUTHORS as FINANCE_AUTHORS
from vidfactory.errors import Permanent
from vidfactory.ports import Material, Text, WritingTask, Written
from vidfactory.providers.agents import run_task
from vidfactory.providers.kit import Kit
from vidfactory.schema.base import Credit

Author = Callable[[Any], BaseModel]
"""Writes a task's output from its material; which types those are, the task's name says."""


class HouseWriter:
    """`Writer` with one author for each kind of task, by the task's name."""

    def __init__(self, authors: Mapping[str, Author]) -> None:
        self._authors = dict(authors)

    async def write(self, task: WritingTask[Material, Text]) -> Written[Text]:
        """The author's text. Permanent where nobody writes such a task; Exhausted where the text fails its checks."""
        if task.name not in self._authors:
            raise Permanent(
                f"the house has no author for {task.name}",
                where="house writer",
                remedy=f"It writes {', '.join(sorted(self._authors)) or 'nothing'}",
            )
        author = self._authors[task.name]

        def answer(_: list[ModelMessage], info: AgentInfo) -> ModelResponse:
            text = author(task.material)
            return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, text.model_dump_json())])

        model = FunctionModel(answer, model_name=f"house:{task.name}")
        text = await run_task(model, task, provider="house")
        return Written(text=text, made_by=Credit(provider="house", model=model.model_name, cost_usd=Decimal(0)))


def provide(_: Kit) -> HouseWriter:
    """The house's writer, with the authors of every desk."""
    return HouseWriter(FINANCE_AUTHORS)
