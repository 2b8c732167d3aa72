"""What is kept of live sessions on disk, so that their end can be told after a crash.

It names users and says nothing of how they are reached.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from .session import Session

type Record = dict[str, Any]
"""A session as JSON."""


def record(session: Session, own_id: int) -> Record | None:
    """Return what ends a session later; None where nobody waits for that.

    Whoever calls and has no answer yet calls again: that rings anew.
    """
    if session.initiator != own_id and not session.answered:
        return None
    return {
        "id": session.id,
        "initiator": session.initiator,
        "opponents": list(session.opponents),
        "video": session.video,
        "users": list(session.peers),
    }


def recorded(records: Iterable[Record]) -> Iterator[tuple[Session, tuple[int, ...]]]:
    """Return the sessions of records, with the users who were in them."""
    for entry in records:
        session = Session(
            entry["id"], entry["initiator"], tuple(entry["opponents"]), entry["video"]
        )
        yield session, tuple(entry["users"])
