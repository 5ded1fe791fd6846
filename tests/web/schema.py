"""As much of JSON Schema as the API's description uses: what of a value does not fit, in words."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

KNOWN = frozenset(
    {"$ref", "anyOf", "oneOf", "allOf", "const", "enum", "type", "properties", "required", "items"}
    | {"additionalProperties", "minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum"}
    | {"pattern", "format", "discriminator", "propertyNames", "uniqueItems"}
    | {"title", "description", "default", "writeOnly", "readOnly"}
)
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def mismatches(document: dict[str, Any], schema: Any, value: Any, at: str = "") -> list[str]:
    """Where ``value`` does not fit; an unknown keyword is an error, so that nothing goes unchecked."""
    if schema is True:
        return []
    if unknown := set(schema) - KNOWN:
        raise NotImplementedError(f"{at}: {unknown}")
    if "$ref" in schema:
        target = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return mismatches(document, target, value, at)
    if "anyOf" in schema or "oneOf" in schema:
        return _some(document, schema, value, at)
    wrong = [each for one in schema.get("allOf", ()) for each in mismatches(document, one, value, at)]
    if value not in schema.get("enum", [schema.get("const", value)]):
        wrong.append(f"{at}: {value!r} is not what is named")
    type_ = schema.get("type")
    if type_ is not None and (
        not isinstance(value, TYPES[type_]) or (isinstance(value, bool) and type_ != "boolean")
    ):
        return [*wrong, f"{at}: {value!r} is no {type_}"]
    return wrong + _inside(document, schema, value, at)


def _inside(document: dict[str, Any], schema: Any, value: Any, at: str) -> list[str]:
    if isinstance(value, dict):
        return _object(document, schema, value, at)
    if isinstance(value, list):
        wrong = _range(schema, len(value), "minItems", "maxItems", at)
        if schema.get("uniqueItems") and len(set(map(str, value))) < len(value):
            wrong.append(f"{at}: the same twice")
        for number, one in enumerate(value):
            wrong += mismatches(document, schema.get("items", True), one, f"{at}.{number}")
        return wrong
    if isinstance(value, str):
        return _text(schema, value, at)
    return _range(schema, value, "minimum", "maximum", at) if isinstance(value, (int, float)) else []


def _some(document: dict[str, Any], schema: Any, value: Any, at: str) -> list[str]:
    tried = [
        mismatches(document, one, value, at) for one in schema.get("anyOf", ()) or schema.get("oneOf", ())
    ]
    fitting = sum(not wrong for wrong in tried)
    if fitting == 1 or (fitting and "anyOf" in schema):
        return []
    return [f"{at}: fits {fitting} of {len(tried)}: {min(tried, key=len)}"]


def _object(document: dict[str, Any], schema: Any, value: dict[str, Any], at: str) -> list[str]:
    properties = schema.get("properties", {})
    wrong = [f"{at}.{name}: is missing" for name in schema.get("required", ()) if name not in value]
    for name, one in value.items():
        wrong += mismatches(document, schema.get("propertyNames", True), name, f"{at}.{name}")
        rule = properties.get(name, schema.get("additionalProperties", True))
        if rule is False:
            wrong.append(f"{at}.{name}: is not mentioned")
        else:
            wrong += mismatches(document, rule, one, f"{at}.{name}")
    return wrong


def _text(schema: Any, value: str, at: str) -> list[str]:
    wrong = _range(schema, len(value), "minLength", "maxLength", at)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        wrong.append(f"{at}: {value!r} does not fit {schema['pattern']}")
    try:
        if schema.get("format") == "uuid":
            UUID(value)
        elif schema.get("format") == "date-time":
            assert datetime.fromisoformat(value).tzinfo is not None
    except (ValueError, AssertionError):
        wrong.append(f"{at}: {value!r} is no {schema['format']}")
    return wrong


def _range(schema: Any, size: float, least: str, most: str, at: str) -> list[str]:
    wrong = [f"{at}: {size} is below {least}"] if size < schema.get(least, size) else []
    return [*wrong, f"{at}: {size} is above {most}"] if size > schema.get(most, size) else wrong
