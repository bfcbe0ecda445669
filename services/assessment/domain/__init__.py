"""The rules of assessment: facts in, decisions out."""
