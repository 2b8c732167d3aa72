"""Session descriptions as text: what the dialect must know of them.

Lines end with CR LF (RFC 8866); what has passed an XML parser has LF only.
"""

from collections.abc import Iterable

from ....calls.model import Candidate

MAX_SDP = 64 * 1024
_NEEDED = ("\nm=", "\na=ice-ufrag:", "\na=fingerprint:")


def plausible(sdp: str | None) -> str | None:
    """Return a description that may be one, with its line ends mended; else None."""
    if not sdp or len(sdp) > MAX_SDP or not sdp.startswith("v=0"):
        return None
    if not all(part in sdp for part in _NEEDED):
        return None
    lines = (line.rstrip("\r") for line in sdp.split("\n"))
    return "\r\n".join(lines).rstrip("\r\n") + "\r\n"


def with_candidates(sdp: str, candidates: Iterable[Candidate]) -> str:
    """Return a description that carries candidates, each in its own section."""
    head, *sections = _sections(sdp)
    for candidate in candidates:
        index = _section_of(candidate, sections)
        line = f"a={candidate.candidate}"
        if index is not None and line not in sections[index]:
            sections[index].append(line)
    lines = [line for section in (head, *sections) for line in section]
    return "\r\n".join(lines) + "\r\n"


def only_relayed(sdp: str) -> str:
    """Return a description without any address but those of relay servers."""
    lines = sdp.splitlines()
    kept = [line for line in lines if not _tells_address(line)]
    return "\r\n".join(kept) + "\r\n"


def is_relayed(candidate: Candidate) -> bool:
    """Whether a candidate is the address of a relay server."""
    return " typ relay" in candidate.candidate


def _tells_address(line: str) -> bool:
    return line.startswith("a=candidate:") and " typ relay" not in line


def _sections(sdp: str) -> list[list[str]]:
    """Return the lines for the session and for each medium."""
    sections: list[list[str]] = [[]]
    for line in sdp.splitlines():
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def _section_of(candidate: Candidate, sections: list[list[str]]) -> int | None:
    for index, section in enumerate(sections):
        if candidate.sdp_mid and f"a=mid:{candidate.sdp_mid}" in section:
            return index
    index = candidate.sdp_m_line_index or 0
    return index if 0 <= index < len(sections) else None
