"""What the services may say to each other: words, events, labels, catalogue, frozen schemas.

Pure: nothing here opens a connection, reads a clock or draws a random number.
"""
