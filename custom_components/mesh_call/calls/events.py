"""What the exchange tells of its calls: what changed, and what happened and why."""

from dataclasses import dataclass
from enum import StrEnum

from .model import NO_EXTENSION, Call, ConnectionState, EndReason, Extension, Link


class CallEventType(StrEnum):
    """The types of the `mesh_call_call` event."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    BUSY = "busy"
    NOT_ANSWERED = "not_answered"
    REMOTE_STREAM = "remote_stream"
    LEFT = "left"
    MISSED = "missed"
    RECORDING_SAVED = "recording_saved"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what made something happen.

    `party` is one of a call's parties; `context` is handed back untouched in the
    events that follow, for whoever needs to trace them.
    """

    party: str | None = None
    context: object = None


NO_CAUSE = Cause()


@dataclass(frozen=True, slots=True)
class PartyChanged:
    """What is known of a party changed; comes before the events that tell why."""

    party_id: str
    context: object = None


@dataclass(frozen=True, slots=True)
class CallChanged:
    """A call is new, has changed or has ended; comes before the events."""

    call: Call


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something happened in a call."""

    type: CallEventType
    call: Call
    party: str
    peer: str | None = None
    by: str | None = None
    extension: Extension = NO_EXTENSION
    reason: EndReason | None = None
    context: object = None
    path: str | None = None
    """Of a recording that was saved."""


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """A link changed its state."""

    call: Call
    link: Link
    previous: ConnectionState
    context: object = None


type Event = PartyChanged | CallChanged | CallEvent | LinkEvent
