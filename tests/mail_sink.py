"""A mail server on loopback that takes everything, or refuses some of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Sink:
    """What it was sent. ``refuses``: so many messages more are answered with 451, try again.

    ``codes``: what mail to an address is answered with, instead of 250.
    """

    port: int = 0
    refuses: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    tried: int = 0
    taken: list[EmailMessage] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        while line := await reader.readline():
            match line[:4].upper():
                case b"DATA":
                    writer.write(b"354 go on\r\n")
                    writer.write(self._answer(await reader.readuntil(b"\r\n.\r\n")))
                case b"RCPT":
                    address = line.decode().partition("<")[2].partition(">")[0]
                    writer.write(f"{self.codes.get(address, 250)} so\r\n".encode())
                case b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 ok\r\n")
        writer.close()

    def _answer(self, data: bytes) -> bytes:
        self.tried += 1
        if self.refuses:
            self.refuses -= 1
            return b"451 later\r\n"
        self.taken.append(message_from_bytes(data[:-3], policy=policy.default))
        return b"250 taken\r\n"


@asynccontextmanager
async def mail_sink(*, refuses: int = 0) -> AsyncIterator[Sink]:
    """The server, for as long as the block lasts."""
    sink = Sink(refuses=refuses)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    async with server:
        yield sink
