"""A fictional municipality that holds a council meeting right now: ``python -m orchestrator demo``."""
