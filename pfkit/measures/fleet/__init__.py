"""The fleet engine: every series of a table forecast at once, with its own evidence."""
