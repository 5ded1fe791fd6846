"""The ways in which the domain says no."""


class Refused(Exception):
    """The rules do not allow this command now. ``rule`` is a stable name that pages put into words."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(f"{rule}: {detail}" if detail else rule)
        self.rule = rule
        self.detail = detail


class Forbidden(Refused):
    """The sender's role may not do this, whatever the state."""


def state_moved(detail: str) -> Refused:
    """The stream has moved on since the sender looked; nothing was done."""
    return Refused("state_moved", detail)
