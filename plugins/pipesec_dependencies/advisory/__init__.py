"""Advisories: where they come from, how they are kept, and whether one is about a version."""
