"""What carries the messages between a page and its room, such as a WebSocket."""

from typing import Protocol


class Channel(Protocol):
    """One page's."""

    async def receive(self) -> str | None:
        """The next message; None when there is nobody any more."""
        ...

    async def send(self, text: str) -> None:
        """One message. Raises ConnectionError."""
        ...

    async def close(self) -> None:
        """No more, either way."""
        ...
