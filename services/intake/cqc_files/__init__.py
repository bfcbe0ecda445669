"""Readers of the files that CQC publishes, and of the council's list of other services.

They know files and nothing of a database. Two kinds of trouble exist: a file that cannot be used
is refused as a whole (`FileRefused`), an odd row is reported (`RowProblem`) and the load goes on.
Neither ever repeats a value out of the file.
"""
