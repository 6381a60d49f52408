"""The media node: carries the hosted topology, forwarding RTP without decoding it."""
