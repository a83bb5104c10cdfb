"""Adapters: what the exports of named systems are made of, so that a book need not declare it."""
