"""Long runs: real processes that are killed and paused at random moments. `make soak`; short forms in `make test`."""
