"""The fake services' own tests use the fixtures that they offer to others."""

from vidfactory_tests.servers.fixtures import loopback, services, yahoo

__all__ = ["loopback", "services", "yahoo"]
