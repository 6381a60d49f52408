"""The citizen's signature: on one exact document, shown in full, with its evidence and a seal over the whole.

`press` is the process that makes PDFs and seals them, `seal` the service's certificate, `signings` the one owner.
Imports nothing: the process starts from here.
"""
