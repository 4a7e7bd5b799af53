"""The project under assessment: its description, files, revisions, consent and triage. Reads; runs nothing of it."""
