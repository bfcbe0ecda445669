"""The rules of QIP meetings: facts in, decisions out."""
