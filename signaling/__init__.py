"""The signalling server: pairs booths with agents, routes by skill and queue, keeps the record."""
