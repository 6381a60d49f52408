"""Tests of the journal on its real stores."""
