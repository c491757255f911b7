"""Load on Locust: collections and workflow files as Locust users.

``htrun load`` runs one collection or workflow file (``runner.load.main``). Who has a locustfile of their own takes the
user class::

    from locust import between
    from runner.load import CollectionUser

    class Customer(CollectionUser):
        collection = "shop.postman_collection.json"
        variables = {"base_url": "https://staging.example.com"}
        wait_time = between(1, 3)

Locust replaces Python's threads by greenlets when it is imported; whatever is imported from this package does that
first. Scripts are run in V8, on a thread that stays a real one (``runner.scripting.native``).
"""

from __future__ import annotations

from runner.errors import UsageError

try:
    import locust  # noqa: F401
except ModuleNotFoundError as missing:
    if missing.name not in ("locust", "gevent"):
        raise
    raise UsageError('load tests need Locust: pip install "htrun[load]"') from None

from runner.api.package import make_callable
from runner.load.user import CollectionUser

make_callable(__name__)

__all__ = ["CollectionUser"]
