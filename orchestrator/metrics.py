"""What /metrics tells: how the machine does, never what happens in a meeting (doors, names, counts of it)."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The service's own registry. Commands are counted by outcome alone, for their kinds would tell."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.commands = Counter(
            "orchestrator_commands_total", "Commands by outcome", ["outcome"], registry=self.registry
        )
        self.command_seconds = Histogram(
            "orchestrator_command_seconds",
            "From command to answer",
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
        )
        self.requests = Counter(
            "orchestrator_http_requests_total",
            "Requests by method and status",
            ["method", "status"],
            registry=self.registry,
        )
        self.streams = Gauge("orchestrator_http_streams", "Open SSE streams", registry=self.registry)
        self.effect_failures = Counter(
            "orchestrator_effect_failures_total", "Attempts that failed", ["effect"], registry=self.registry
        )
        self.sources_receiving = Gauge(
            "orchestrator_sources_receiving", "Sources that media arrives from", registry=self.registry
        )

    def handled(self, outcome: str, seconds: float) -> None:
        """A command was answered."""
        self.commands.labels(outcome).inc()
        self.command_seconds.observe(seconds)

    def effect_failed(self, effect: str) -> None:
        """An effect did not succeed and is tried again."""
        self.effect_failures.labels(effect).inc()

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)
