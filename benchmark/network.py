"""A network of the benchmark's own, with no way out of it.

Janus leaves loopback addresses out whatever it is told. In a network namespace
there can be another address that leads nowhere else.
"""

import os
import shutil
import subprocess
import sys

INNER_ADDRESS = "MESH_CALL_BENCHMARK_ADDRESS"
"""Environment variable: this network's own address, if there is such a network."""

_ADDRESS = "10.77.0.1"
_PREPARE = (
    "ip link set lo up && ip link add name inner type veth peer name nowhere && "
    f"ip address add {_ADDRESS}/32 dev inner && "
    "ip link set inner up && ip link set nowhere up"
)


def isolated() -> bool:
    """Whether this process is in a network of its own."""
    return INNER_ADDRESS in os.environ


def isolate() -> None:
    """Start this program once more in a network of its own, where that is allowed."""
    if isolated() or not all(map(shutil.which, ("unshare", "ip", "sh"))):
        return
    users = () if os.geteuid() == 0 else ("--user", "--map-current-user", "--keep-caps")
    enter = ("unshare", "--net", *users, "sh", "-c")
    tried = subprocess.run(  # noqa: S603 - nothing of it comes from outside
        (*enter, _PREPARE), check=False, capture_output=True, timeout=30
    )
    if tried.returncode != 0:
        return
    os.environ[INNER_ADDRESS] = _ADDRESS
    command = (*enter, f'{_PREPARE} && exec "$@"', "benchmark", *sys.orig_argv)
    os.execvp(command[0], command)  # noqa: S606
