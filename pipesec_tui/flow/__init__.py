"""Public: where data comes from and goes to, in code and declarations. Lineage and flow analysis stand on it."""
