"""Python read as text: summaries of modules, and what following them tells."""
