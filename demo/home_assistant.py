"""Runs Home Assistant so that calls work on this machine alone.

aioice leaves the loopback address out when it gathers candidates. A demo needs
nothing but it, and tests must use nothing but it.
"""

import logging
import os
import sys

import aioice.ice

LOOPBACK = "127.0.0.1"
LOOPBACK_ONLY = "MESH_CALL_LOOPBACK_ONLY"

_gather = aioice.ice.get_host_addresses


def get_host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Put the loopback address in front of this host's own ones."""
    if os.environ.get(LOOPBACK_ONLY):
        return [LOOPBACK]
    return [LOOPBACK, *_gather(use_ipv4=use_ipv4, use_ipv6=use_ipv6)]


def main() -> int:
    """Run Home Assistant with the arguments of its own command."""
    aioice.ice.get_host_addresses = get_host_addresses
    from homeassistant.__main__ import main as home_assistant  # noqa: PLC0415

    return home_assistant()


if __name__ == "__main__":
    status = main()
    # On a busy machine Home Assistant, which interrupts idle threads of its executor
    # at its end, may break the chain in which they wake each other; Python would wait
    # for the rest for ever.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(status)
