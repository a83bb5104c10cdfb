"""Rows added up where they are: a source's heavy part as Ibis expressions, the rest here."""
