"""The JSON Schemas of docs/schemas, and answers of real commands held against them."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker, RefResolver

FOLDER = Path(__file__).parents[3] / "docs/schemas"


def schema_names():
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def read_schema(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def assert_fits(name, answer):
    """`answer` is what the schema `name` says. Returns it."""
    # A file names another by its place relative to itself, as any validator reads it.
    resolver = RefResolver((FOLDER / f"{name}.json").as_uri(), read_schema(name))
    validator = Draft202012Validator(read_schema(name), resolver=resolver, format_checker=FormatChecker())
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]
    assert not wrong, f"docs/schemas/{name}.json does not describe this answer:\n" + "\n".join(wrong)
    return answer
