"""Local servers that speak the services' real wire formats, so that the official SDKs talk to them unchanged.

Belongs here: all that stands for a service in tests and benchmarks. Does not belong here: anything of the
product's own clients; the contents come from its house providers, so that whole videos can be made on them.

    with FakeServices() as services:
        client = openai.OpenAI(api_key=services.key, base_url=services.url("openai") + "/v1", max_retries=0)
        services.next("openai", TooMany(retry_after_s=1), operation="images")
"""

from vidfactory_tests.servers.server import KEY, FakeServices

__all__ = ["KEY", "FakeServices"]
