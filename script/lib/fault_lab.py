"""What the cases of script/faults share."""


class Failed(Exception):
    """A case found a difference, or a command did not do what it should."""
