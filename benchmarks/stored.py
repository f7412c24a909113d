"""A film on its way from the process that draws it to those that render it.

Apart from the drawing, whose libraries would weigh on every process that renders.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from vidfactory.schema.plan import ProductionPlan


@dataclass(frozen=True)
class Reference:
    """The plan, and its files by their SHA-256."""

    plan: ProductionPlan
    files: dict[str, Path]

    def save(self, path: Path) -> None:
        files = {sha256: str(file) for sha256, file in self.files.items()}
        path.write_text(json.dumps({"plan": self.plan.model_dump(mode="json"), "files": files}), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        stored = json.loads(path.read_text(encoding="utf-8"))
        files = {sha256: Path(file) for sha256, file in stored["files"].items()}
        return cls(ProductionPlan.model_validate(stored["plan"]), files)
