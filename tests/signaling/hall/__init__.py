"""Tests of the hall with the real engine, on both journals."""
