"""Work away from the interface: a function in a thread, and what to do with its answer here.

What runs in the thread never touches a widget; its answer comes back as a message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual.message import Message
from textual.worker import get_current_worker

T = TypeVar("T")


class JobDone(Message, bubble=False):
    """A job's answer is there; ``finish`` takes it."""

    def __init__(self, finish: Callable[[], None]) -> None:
        super().__init__()
        self.finish = finish


class JobFailed(Message, bubble=False):
    """A job raised."""

    def __init__(self, what: str, error: Exception) -> None:
        super().__init__()
        self.what = what
        self.error = error


def in_thread(post: Callable[[Message], bool], what: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
    """The body of a thread worker. An answer that nobody waits for any more is dropped."""
    worker = get_current_worker()
    try:
        answer = job()
    except Exception as error:
        if not worker.is_cancelled:
            post(JobFailed(what, error))
        return
    if not worker.is_cancelled:
        post(JobDone(lambda: done(answer)))
