"""By which way a station's camera is read, and why by no better one, for users."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..media.source import SourceStatus


def describe_source(status: SourceStatus | None) -> dict[str, Any] | None:
    """Put a camera's status into words, None without a camera.

    `way` is null while it is not read, `passed_over` names the better ways that
    failed, each with a key of what is wrong and, maybe, a detail.
    """
    if status is None:
        return None
    error = status.error
    return {
        "state": status.state.value,
        "error": f"{error.problem} {error.detail}".strip() if error else None,
        "way": status.way.value if status.way else None,
        "passed_over": {
            one.way.value: f"{one.error.problem} {one.error.detail}".strip()
            for one in status.passed_over
        },
    }
