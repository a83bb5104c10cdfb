"""How the columns of a source are written, and whether that changed since the last month."""
