"""Words in addresses: lower-case ASCII that survives e-mail, paper and a telephone."""

import re
import unicodedata

# Letters that Unicode does not take apart: the Norwegian ones and those of the Sámi languages.
_LETTERS = str.maketrans(
    {"æ": "ae", "ø": "o", "đ": "d", "ŋ": "n", "ŧ": "t", "ß": "ss", "þ": "th", "ð": "d", "ł": "l"}
)


def slugify(text: str, fallback: str = "uten-navn", max_length: int = 80) -> str:
    """«Møte i Tjïelten åejvie» becomes "mote-i-tjielten-aejvie", cut between words; else `fallback`."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    words = re.findall(r"[a-z0-9]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    slug = "-".join(words)
    if len(slug) > max_length:
        slug = slug[: max_length + 1].rpartition("-")[0] or slug[:max_length]
    return slug or fallback
