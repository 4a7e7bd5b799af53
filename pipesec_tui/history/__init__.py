"""What pipesec remembers: matching, comparison and triage of assessments (pure), and their SQLite history.

Start at ``store.History`` for what is stored and ``comparison.compare`` for two documents.
"""
