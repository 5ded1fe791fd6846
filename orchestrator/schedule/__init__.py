"""What runs the day by the clock. APScheduler is known here only; it may import all but web and services."""
