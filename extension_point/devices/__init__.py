"""The booth's devices: a small process on the booth's own machine between its page and printer, card reader and pad.

docs/bridge.md is its protocol. It knows nothing of the service: it imports neither `signaling` nor the pages.
"""
