"""What a form knows when it is shown: what was written, and what was wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FormState:
    """Handed to the macros in `macros/forms.html`.

    `values` and `errors` are keyed by field name; `prefix` keeps apart two forms of one page.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    prefix: str = "f-"
