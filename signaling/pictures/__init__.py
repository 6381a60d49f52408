"""Judging pictures that strangers send: is it really one PNG or JPEG, whole, and of a size we can look at?

`structure` reads the bytes, `worker` decodes them in a process of its own, `examiner` owns that process.
Imports nothing heavy: the worker starts from here.
"""
