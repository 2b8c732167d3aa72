"""A thread for work on whole pictures."""

from concurrent.futures import ThreadPoolExecutor


def own_thread() -> ThreadPoolExecutor:
    """Give an executor of one thread, to be shut down in the end.

    glibc keeps some of what a thread has freed for that thread: of a decoded picture
    some 10 MB. The threads of Home Assistant's executor take turns, so that each would
    end up with as much.
    """
    return ThreadPoolExecutor(1, "mesh_call pictures")
