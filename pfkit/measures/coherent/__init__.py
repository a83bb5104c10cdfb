"""What forecasts of many nodes need to add up: the hierarchy, the projection, bounds, paths."""
