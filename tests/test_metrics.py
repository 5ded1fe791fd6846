import pytest

from orchestrator.domain.codec import COMMANDS
from orchestrator.domain.errors import Refused
from orchestrator.domain.roles import Actor
from orchestrator.metrics import Metrics
from orchestrator.store.pool import Pool
from tests.town import Node, founded


async def test_commands_are_counted_by_outcome_and_never_by_kind(pool: Pool) -> None:
    town, metrics = await founded(Node(pool)), Metrics()
    town.node.commands.on_handled = metrics.handled
    session_id, _ = await town.debates()
    with pytest.raises(Refused):
        await town.says(session_id, "open_session", by=Actor(frozenset()))
    text = metrics.text().decode()
    assert 'orchestrator_commands_total{outcome="done"} 7.0' in text
    assert 'orchestrator_commands_total{outcome="refused"} 1.0' in text
    assert not [name for kind in COMMANDS.values() for name in kind if name in text]


def test_two_services_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.effect_failed("purge")
    assert 'effect_failures_total{effect="purge"} 1.0' in one.text().decode()
    assert "purge" not in other.text().decode()
