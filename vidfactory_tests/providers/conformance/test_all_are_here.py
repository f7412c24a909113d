"""No provider without its port's conformance suite."""

import inspect
from types import ModuleType

import pytest

from vidfactory.catalogue import providers_of
from vidfactory.schema.crew import PORTS, Port
from vidfactory_tests.providers import publishers
from vidfactory_tests.providers.conformance import test_aligner, test_market, test_reader, test_trends
from vidfactory_tests.providers.makers import ANIMATORS, COMPOSERS, ILLUSTRATORS
from vidfactory_tests.providers.narrators import NARRATORS
from vidfactory_tests.providers.writers import WRITERS

TABLES = {
    "writer": WRITERS,
    "narrator": NARRATORS,
    "illustrator": ILLUSTRATORS,
    "composer": COMPOSERS,
    "animator": ANIMATORS,
}
IMPORTED: dict[str, ModuleType] = {
    "aligner": test_aligner,
    "market": test_market,
    "reader": test_reader,
    "publisher": publishers,
}


def files_in_suite(port: Port) -> set[str]:
    """The files whose providers go through the suite of a port."""
    if port == "trends":
        return {f"{name}_{port}" for name in test_trends.PROVIDERS}
    if port in IMPORTED:
        return {name for name, each in vars(IMPORTED[port]).items() if inspect.ismodule(each)}
    return {known.module.__name__.rpartition(".")[2] for known in TABLES[port].values()}


@pytest.mark.parametrize("port", [port for port in PORTS if providers_of(port)])
def test_every_provider_of_a_port_goes_through_its_suite(port: Port) -> None:
    assert {f"{name}_{port}" for name in providers_of(port)} == {
        name for name in files_in_suite(port) if name.endswith(f"_{port}")
    }
