"""Open meetings for municipalities, run as one log of events."""

__version__ = "0.1.0"
