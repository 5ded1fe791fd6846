"""One table per kind of stream: which function decides a command, which one evolves an event."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from orchestrator.domain.base import Command, Event
from orchestrator.domain.roles import Actor

S = TypeVar("S")
C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)

Decide = Callable[[S, C, datetime, Actor], Sequence[Event]]
Evolve = Callable[[S, E], S]


class Rulebook(Generic[S]):
    """Commands and events by their ``type``, each with the one function that handles it."""

    def __init__(self) -> None:
        self.commands: dict[str, type[Command]] = {}
        self.events: dict[str, type[Event]] = {}
        self._decide: dict[type[Command], Callable[[S, Any, datetime, Actor], Sequence[Event]]] = {}
        self._evolve: dict[type[Event], Callable[[S, Any], S]] = {}

    def decides(self, command: type[C]) -> "Callable[[Decide[S, C]], Decide[S, C]]":
        """Register the function that answers ``command`` with events."""

        def register(function: "Decide[S, C]") -> "Decide[S, C]":
            self.commands[command.model_fields["type"].default] = command
            self._decide[command] = function
            return function

        return register

    def evolves(self, *events: type[E]) -> "Callable[[Evolve[S, E]], Evolve[S, E]]":
        """Register the function that folds each of ``events`` into the state."""

        def register(function: "Evolve[S, E]") -> "Evolve[S, E]":
            for event in events:
                self.events[event.model_fields["type"].default] = event
                self._evolve[event] = function
            return function

        return register

    def decide(self, state: S, command: Command, at: datetime, actor: Actor) -> list[Event]:
        """What happens because of ``command``; raises ``Refused``."""
        return list(self._decide[type(command)](state, command, at, actor))

    def evolve(self, state: S, event: Event) -> S:
        """The state after ``event``; total over recorded history."""
        return self._evolve[type(event)](state, event)
