"""Paths of touches before a gain: read once, then split by any rule."""
