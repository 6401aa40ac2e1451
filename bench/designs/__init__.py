"""Other designs of a speech server, for `make bench-server`."""
