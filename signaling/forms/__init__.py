"""Forms that two people fill in together: declared in files, checked field by field, kept through restarts.

`schema` reads the declarations, `rules` checks a value, `filling` is the pure state of one form in one call, and
`Forms` its one owner.
"""

from signaling.forms.forms import Forms
from signaling.forms.schema import Field, Form, load

__all__ = ["Field", "Form", "Forms", "load"]
