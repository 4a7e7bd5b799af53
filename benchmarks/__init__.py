"""Benchmarks: ratios to named alternatives, measured in the same run. `make bench` runs all of them."""
