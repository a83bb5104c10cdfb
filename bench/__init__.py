"""How long things take, each bench a module with a `main`."""
