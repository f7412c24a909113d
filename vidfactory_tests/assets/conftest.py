"""The fake services, for tests of assets whose providers talk to them."""

from vidfactory_tests.servers.fixtures import loopback, services

__all__ = ["loopback", "services"]
