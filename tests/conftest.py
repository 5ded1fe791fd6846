"""What every test may ask for."""

from hypothesis import settings

pytest_plugins = ["tests.browser", "tests.postgres", "tests.web.client"]

# A busy machine is no fault of what is tested.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
