"""The one way in which a check says no: a place, a class of reason and a sentence.

Every other file raises it; only verify.py catches it.
"""


class Fault(Exception):
    """`place` is a file of the export or `position N`; `kind` is one of the classes in the README."""

    def __init__(self, place, kind, detail):
        super().__init__(f"{place}: {kind}: {detail}")
        self.place = place
        self.kind = kind
