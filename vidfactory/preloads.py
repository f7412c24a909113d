"""All that a step may need, imported once in the fork server that every step's process comes from.

Without it a step costs ten times as much to start. Belongs here: that list. Nobody imports this module but the
fork server.
"""

import gc
import importlib
import sys

from vidfactory.desks import FORMATS
from vidfactory.providers.crew import provider_files
from vidfactory.providers.web import tls
from vidfactory.settings import read_settings

MODULES = (
    "dagster._cli",
    "dagster._core.storage.sqlite_storage",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage",
    "dagster._core.storage.root",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.executor.multiprocess",
    "dagster._core.execution.run_metrics_thread",
    "dagster._core.execution.run_cancellation_thread",
    "dagster._core.instance.factory",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "upath",
    "vidfactory.definitions",
)

gc.disable()  # imports make few cycles, and sweeping them takes a quarter of their time
for _name in (*MODULES, *provider_files(read_settings())):
    importlib.import_module(_name)
tls()
for _format in FORMATS:
    sys.modules["vidfactory.definitions"].studio_job(_format)  # which every step asks for
gc.freeze()  # else each step's first sweep walks over all of this, and copies its memory page by page
gc.enable()
