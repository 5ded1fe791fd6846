"""What is filmed of a room on a LiveKit server besides its pictures: from the public's view alone. Pure.

The page is made for the broadcast, and its address is known to another service. So it knows no more than
somebody at home: behind closed doors, in breaks and while the broadcast is stopped it shows nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.domain.publicity import PublicSession
from orchestrator.domain.timeline import Name
from orchestrator.web.pages.displays import Plate, hall, plate


@dataclass(frozen=True)
class RoomPicture:
    """``shows``: whether people may be seen and heard; ``floor``: who has the floor, by identity.

    ``headline`` and ``detail`` are on the card that is seen while there is no picture.
    """

    shows: bool
    floor: tuple[str, ...]
    plate: Plate | None
    headline: str
    detail: str = ""


def room_picture(
    name: str, going_on: Sequence[PublicSession | None], names: Mapping[UUID, Name], language: str
) -> RoomPicture:
    """``going_on``: the public's view of the sessions that are open in the room; None where there is none.

    While there are none, people come and go, and IT tries the picture: the broadcast's gate lets nothing out.
    """
    for view in going_on:
        if view is None or view.status != "live":
            told = hall(view, names, language)
            return RoomPicture(False, (), None, told.headline, told.detail)
    live = [view for view in going_on if view is not None]
    plates = [found for view in live if (found := plate(view, names, language))]
    return RoomPicture(
        shows=True,
        floor=tuple(str(view.speaking.person_id) for view in live if view.speaking),
        plate=plates[0] if len(plates) == 1 else None,
        headline=live[0].title if len(live) == 1 else name,
    )
