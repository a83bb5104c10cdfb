"""Forecasts as they were made: what was known then, what came, and who was nearer."""
