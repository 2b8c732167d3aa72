"""Reading the forms of flows."""

from typing import Any


def fields(form: Any) -> dict[Any, Any]:
    """Return the fields of a form."""
    return dict(form["data_schema"].schema)
