"""What a page says, and what the room does about it; whatever the role may not say is refused, in words."""

import asyncio
from typing import Final

from orchestrator.rooms.embedded import messages
from orchestrator.rooms.embedded.channel import Channel
from orchestrator.rooms.embedded.member import Member
from orchestrator.rooms.embedded.messages import Bye, Refusal, Refused, Why
from orchestrator.rooms.embedded.room import Room
from orchestrator.rooms.embedded.tokens import Claims, Tokens

HELLO_WITHIN: Final = 10.0
"""Seconds until the first message must be here."""


async def introduced(channel: Channel, tokens: Tokens) -> Claims | None:
    """Whose page this is, by the token in its first message; None, and the channel closed, if nobody's."""
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            text = await channel.receive()
            claims = tokens.read(messages.read_hello(text)) if text is not None else None
    except (TimeoutError, Refusal):
        claims = None
    if claims is None:
        await turn_away(channel, "token")
    return claims


async def turn_away(channel: Channel, why: Why) -> None:
    """Say why, and close."""
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            await channel.send(Bye(why=why).model_dump_json())
    except (ConnectionError, TimeoutError):
        pass
    finally:
        await channel.close()


async def talk(channel: Channel, room: Room, claims: Claims) -> None:
    """From when they come in until they are out, whoever ends it."""
    member = room.enter(claims.guest, channel)
    if not isinstance(member, Member):
        await turn_away(channel, member)
        return
    writing = room.tasks.start(member.write(lambda: room.seen_by(member)))
    try:
        while (text := await channel.receive()) is not None:
            if room.members.get(claims.identity) is member:
                await _heard(text, room, member)
            await asyncio.sleep(0)  # whoever says much at once gives the others their turn
    finally:
        room.remove(member, "left")
        await asyncio.wait([writing])


async def _heard(text: str, room: Room, member: Member) -> None:
    what = ""
    try:
        message = messages.read(text, member.guest.role)
        what = message.type
        await _done(message, room, member)
    except Refusal as refusal:
        member.tell(Refused(what=what, rule=refusal.rule, detail=refusal.detail))


async def _done(message: messages.ToRoom, room: Room, member: Member) -> None:
    if member.waiting and message.type != "leave":
        raise Refusal("not_now", "you wait in the lobby")
    match message:
        case messages.Subscribe():
            room.subscribe(member)
        case messages.Answer(number=number, sdp=sdp):
            if member.subscription is None:
                raise Refusal("not_now", "there is no offer to answer")
            member.subscription.answered(number, sdp)
        case messages.Publish(source=source, sdp=sdp):
            await room.publish(member, source, sdp)
        case messages.Unpublish(source=source):
            await room.unpublish(member, source)
        case messages.Devices(microphone=microphone, camera=camera):
            room.devices(member, microphone=microphone, camera=camera)
        case messages.Leave():
            room.remove(member, "left")
        case messages.Admit() | messages.Mute() | messages.PutOut():
            _decided(message, room)


def _decided(message: messages.Admit | messages.Mute | messages.PutOut, room: Room) -> None:
    """What hosts decide about others."""
    match message:
        case messages.Admit(identity=identity):
            room.admit(identity)
        case messages.Mute(identity=identity):
            room.mute(identity)
        case messages.PutOut(identity=identity):
            room.put_out(identity)
