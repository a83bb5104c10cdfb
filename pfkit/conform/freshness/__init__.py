"""What was known by when: watermarks, what is stale, rows that came late, and every load."""
