"""Which cells there are, which of them follow from others, and what all of them say together. Runs nothing."""
