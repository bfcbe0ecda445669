"""Faults put into a running installation on purpose, and a checker of what became of everything."""
