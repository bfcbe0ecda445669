"""The rules of the door out: who may know what, and what is written to whom."""
