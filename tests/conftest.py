"""What every test may ask for."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.browser", "tests.postgres", "tests.web.client"]

# A busy machine is no fault of what is tested.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest begins first, so that the workers come to their end together."""
    items.sort(key=_may_take, reverse=True)


def _may_take(item: pytest.Item) -> float:
    """Seconds, where a test says so."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else 0.0
