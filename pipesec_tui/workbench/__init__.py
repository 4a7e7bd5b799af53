"""The workbench: the Textual application. Shows what the history holds, and does what operations can do."""
