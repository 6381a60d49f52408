"""The staff's pages: helper, supervisor, history."""
