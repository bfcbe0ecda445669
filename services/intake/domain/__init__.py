"""The rules of the door: facts in, decisions out."""
