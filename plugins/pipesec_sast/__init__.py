"""Weak code, found by semgrep with rules of our own."""
