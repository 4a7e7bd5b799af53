"""Errors for the person at the keyboard."""

from __future__ import annotations


class UsageError(Exception):
    """Something that the user can mend: one line that says what, where and what to do. Exit status 2."""
