"""The command line: one file per verb. With the server, the only rooms that print."""
