"""Values that fit a description, the smallest there is of each: what is answered is about who asks."""

from typing import Any
from uuid import uuid4

from orchestrator.domain.base import Command

WORDS: dict[str, Any] = {
    "url": "https://eksempel.no/sak.pdf",
    "slug": "kommunestyret-i-mai",
    "ends_at": "2026-05-05T20:00:00Z",
    "unanimous": True,
    "leader_ids": [str(uuid4())],
}
"""What the description does not say of these fields."""


def command(model: type[Command]) -> dict[str, Any]:
    """A command of this type, as JSON, that its model takes."""
    schema = model.model_json_schema()
    asked = {**schema, "required": [*schema.get("required", ()), *(WORDS.keys() & schema["properties"])]}
    found: dict[str, Any] = example(schema, asked) | {"type": model.model_fields["type"].default}
    model.model_validate(found)
    return found


def example(document: dict[str, Any], schema: dict[str, Any], name: str = "") -> Any:
    """A value that fits ``schema``; what need not be there is not."""
    if "$ref" in schema:
        return example(document, document["$defs"][schema["$ref"].rpartition("/")[2]], name)
    if name in WORDS:
        return WORDS[name]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema or "oneOf" in schema:
        return example(document, (schema.get("anyOf") or schema["oneOf"])[0], name)
    match schema.get("type"):
        case "object":
            known = schema.get("properties", {})
            return {field: example(document, known[field], field) for field in schema.get("required", ())}
        case "array":
            return [example(document, schema["items"])] * schema.get("minItems", 0)
        case "string":
            formats = {"uuid": str(uuid4()), "date-time": "2026-05-05T16:00:00Z"}
            return formats.get(schema.get("format", ""), "Eksempel")
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
    return None
