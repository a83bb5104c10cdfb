"""Effects of one event or release on one outcome, by the estimators of the literature."""
