"""One room: who is in, who waits, whose picture and sound is passed on. Its spec decides, at every frame."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from orchestrator.clock import Clock
from orchestrator.rooms.embedded.channel import Channel
from orchestrator.rooms.embedded.feed import Feed
from orchestrator.rooms.embedded.forward import MOST_SLOTS, Subscription
from orchestrator.rooms.embedded.member import Member
from orchestrator.rooms.embedded.messages import (
    Kind,
    Muted,
    PersonSeen,
    Published,
    Refusal,
    RoomSeen,
    Source,
    Why,
)
from orchestrator.rooms.embedded.tasks import Tasks
from orchestrator.rooms.provider import Guest, Present, RoomSpec

MOST_MEMBERS: Final = 150
"""In one room with its lobby: one core passes two pictures on to about fifty."""
MOST_OBSERVERS: Final = 100
"""Of those: anybody may come as one, as often as they like, and must keep nobody out who takes part."""


class Room:
    """A room. Nobody is in it while it is closed."""

    def __init__(
        self,
        spec: RoomSpec,
        *,
        addresses: Sequence[str],
        clock: Clock,
        on_lobby: Callable[[], None] = lambda: None,
    ) -> None:
        """``on_lobby``: called when somebody begins or ends to wait."""
        self.spec = spec
        self.closed = True
        self.members: dict[str, Member] = {}
        self.heard: Counter[str] = Counter()
        """Frames passed on, by whose they were."""
        self._admitted: set[str] = set()
        self._put_out: dict[str, Guest] = {}
        self._waiting = 0
        self._on_lobby = on_lobby
        self._addresses = addresses
        self._clock = clock
        self.tasks = Tasks()

    # As its spec is

    def apply(self, spec: RoomSpec) -> None:
        """Open to whom the spec lets in; at once out with others, and silence for who may not speak."""
        self.spec = spec
        self.closed = False
        for member in list(self.members.values()):
            if why := self.kept_from(member.guest):
                self.remove(member, why)
            elif member.waiting and not self._waits(member.guest):
                member.waiting = False
        self._changed()

    def close(self) -> None:
        """Everyone out, nobody in, and the hosts' decisions forgotten."""
        self.closed = True
        self._admitted.clear()
        self._put_out.clear()
        for member in list(self.members.values()):
            self.remove(member, "closed")

    async def ended(self) -> None:
        """All that it had going is over."""
        await self.tasks.all_ended()

    def kept_from(self, guest: Guest) -> Why | None:
        """Why somebody may not be in the room now; None if they may."""
        return "closed" if self.closed else self.spec.keeps_out(guest.identity, guest.role)

    def not_as(self, spec: RoomSpec) -> tuple[str, ...]:
        """The names of what is not as this spec wants it, in the room itself too."""
        wrong = [name for name in RoomSpec.__slots__ if getattr(self.spec, name) != getattr(spec, name)]
        guests = [member.guest for member in self.members.values()]
        if any(not spec.may_be_in(guest.identity, guest.role) for guest in guests):
            wrong.append("inside")
        if self.closed and "door" not in wrong:
            wrong.append("door")
        return tuple(wrong)

    def present(self) -> tuple[Present, ...]:
        """Who is in, and who waits."""
        return tuple(
            Present(
                one.guest.identity,
                one.guest.name,
                one.guest.role,
                waiting=one.waiting,
                microphone=_shows(one, "audio"),
                camera=_shows(one, "video"),
            )
            for one in self.members.values()
        )

    # Coming and going

    def enter(self, guest: Guest, channel: Channel) -> Member | Why:
        """In, or into the lobby; an older page of the same person makes way."""
        if why := self.kept_from(guest):
            return why
        if older := self.members.get(guest.identity):
            self.remove(older, "replaced")
        observers = sum(one.guest.role == "observer" for one in self.members.values())
        if len(self.members) >= MOST_MEMBERS or (guest.role == "observer" and observers >= MOST_OBSERVERS):
            return "full"
        member = Member(guest, channel, waiting=self._waits(guest))
        self.members[guest.identity] = member
        self._changed()
        return member

    def remove(self, member: Member, why: Why) -> None:
        """Out: nothing passes to or from them any more when this returns."""
        if self.members.get(member.guest.identity) is not member:
            return
        del self.members[member.guest.identity]
        for feed in member.feeds.values():
            feed.shut()
        member.feeds.clear()
        if member.subscription:
            member.subscription.shut()
        member.bye(why)
        self._changed()

    # What hosts do

    def admit(self, identity: str) -> None:
        """In from the lobby, also later. Raises Refusal."""
        member = self.members.get(identity)
        if member is None and identity not in self._put_out:
            raise Refusal("nobody", "there is nobody of that name")
        self._put_out.pop(identity, None)
        self._admitted.add(identity)
        if member:
            member.waiting = False
        self._changed()

    def put_out(self, identity: str) -> None:
        """Out, and if they come back they wait. Raises Refusal."""
        member = self._member(identity)
        if member.guest.role == "host":
            raise Refusal("not_allowed", "a host cannot be put out")
        self._admitted.discard(identity)
        self._put_out[identity] = member.guest
        self.remove(member, "put_out")

    def mute(self, identity: str) -> None:
        """Their microphone is off from here on, until they switch it on. Raises Refusal."""
        member = self._member(identity)
        member.on.discard("audio")
        member.muted = True
        member.tell(Muted())
        self._changed()

    # What members do

    def subscribe(self, member: Member) -> None:
        """Let them see and hear the room."""
        if member.subscription is None:
            member.subscription = Subscription(
                tell=member.tell,
                changed=member.room_changed,
                lost=lambda: self.remove(member, "no_media"),
                addresses=self._addresses,
                clock=self._clock,
                tasks=self.tasks,
            )
            self._changed()

    async def publish(self, member: Member, source: Source, sdp: str) -> None:
        """Take in their camera or screen, if they may just now. Raises Refusal."""
        self._may_publish(member, source)
        await self.unpublish(member, source)
        feed = Feed(
            member.guest.identity,
            source,
            allowed=lambda feed, kind: self._passes(member, feed, kind),
            lost=lambda feed: self._lost(member, feed),
            tasks=self.tasks,
        )
        member.feeds[source] = feed
        try:
            answer = await feed.answer(sdp, self._addresses)
        except BaseException:
            self._lost(member, feed)
            raise
        member.tell(Published(source=source, sdp=answer))
        self._changed()

    async def unpublish(self, member: Member, source: Source) -> None:
        """No more of it."""
        if feed := member.feeds.get(source):
            self._lost(member, feed)

    def devices(self, member: Member, *, microphone: bool, camera: bool) -> None:
        """What they have switched on."""
        member.muted = member.muted and not microphone
        on: tuple[tuple[Kind, bool], ...] = (("audio", microphone), ("video", camera))
        member.on = {kind for kind, is_on in on if is_on}
        self._changed()

    # How it looks

    def seen_by(self, member: Member) -> RoomSeen:
        """All that this member may know."""
        guest = member.guest
        if member.waiting:
            return RoomSeen(state="waiting", name=self.spec.name, identity=guest.identity)
        hosts = guest.role == "host"
        inside = [one for one in self.members.values() if not one.waiting]
        return RoomSeen(
            state="inside",
            name=self.spec.name,
            identity=guest.identity,
            may_speak=self.spec.may_speak(guest.identity, guest.role),
            may_share=self.spec.may_share(guest.identity, guest.role),
            people=tuple(self._seen(one) for one in inside if hosts or one.guest.role != "observer"),
            observers=sum(one.guest.role == "observer" for one in inside),
            waiting=tuple(self._seen(one) for one in self.members.values() if hosts and one.waiting),
            put_out=tuple(
                PersonSeen(identity=one.identity, name=one.name, role=one.role)
                for one in self._put_out.values()
                if hosts and one.identity not in self.members
            ),
            streams=member.subscription.streams if member.subscription else (),
        )

    def _seen(self, member: Member) -> PersonSeen:
        guest = member.guest
        return PersonSeen(
            identity=guest.identity,
            name=guest.name,
            role=guest.role,
            microphone=_shows(member, "audio"),
            camera=_shows(member, "video"),
            screen="screen" in member.feeds,
            floor=guest.identity in self.spec.speakers,
        )

    # Inside

    def _waits(self, guest: Guest) -> bool:
        """Whether somebody who may be in stops in the lobby first; behind closed doors who may is named."""
        if guest.identity in self._put_out:
            return True
        if guest.role == "host" or guest.identity in self._admitted or self.spec.door == "locked":
            return False
        return self.spec.lobby

    def _may_publish(self, member: Member, source: Source) -> None:
        if member.waiting or not self._allowed(member, source):
            raise Refusal("not_allowed", "nobody may publish this who does not have the floor")
        if source == "screen" and any("screen" in one.feeds for one in self._others(member)):
            raise Refusal("taken", "somebody shares a screen already")
        if sum(len(one.feeds) for one in self._others(member)) >= MOST_SLOTS - 1:
            raise Refusal("full", "there are as many pictures here as there may be")

    def _passes(self, member: Member, feed: Feed, kind: Kind) -> bool:
        """Asked about every frame."""
        passes = (
            self.members.get(feed.identity) is member
            and member.feeds.get(feed.source) is feed
            and not member.waiting
            and not self.closed
            and self._allowed(member, feed.source)
            and _on(member, feed.source, kind)
        )
        self.heard[feed.identity] += passes
        return passes

    def _allowed(self, member: Member, source: Source) -> bool:
        rule = self.spec.may_share if source == "screen" else self.spec.may_speak
        return rule(member.guest.identity, member.guest.role)

    def _lost(self, member: Member, feed: Feed) -> None:
        feed.shut()
        if member.feeds.get(feed.source) is feed:
            del member.feeds[feed.source]
            self._changed()

    def _changed(self) -> None:
        """Somebody came, went, or may now do something else: everyone sees whom they should, and is told."""
        for member in self.members.values():
            for feed in [one for one in member.feeds.values() if not self._allowed(member, one.source)]:
                feed.shut()
                del member.feeds[feed.source]
            if "camera" not in member.feeds:
                member.on.clear()
        for member in self.members.values():
            if member.subscription:
                member.subscription.wants(
                    [feed for one in self._others(member) for feed in one.feeds.values()]
                )
            member.room_changed()
        waiting = sum(member.waiting for member in self.members.values())
        if waiting != self._waiting:
            self._waiting = waiting
            self._on_lobby()

    def _others(self, member: Member) -> list[Member]:
        return [one for one in self.members.values() if one is not member and not one.waiting]

    def _member(self, identity: str) -> Member:
        if member := self.members.get(identity):
            return member
        raise Refusal("nobody", "there is nobody of that name")


def _on(member: Member, source: Source, kind: Kind) -> bool:
    """Whether they have this switched on. A screen is, whole; but a host's mute is of its sound too."""
    if source == "screen":
        return kind == "video" or not member.muted
    return kind in member.on


def _shows(member: Member, kind: Kind) -> bool:
    return "camera" in member.feeds and kind in member.on
