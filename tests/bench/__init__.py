"""Benchmarks: what `make bench` measures, against what, on this machine."""
