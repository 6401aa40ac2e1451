"""The HTTP interface: one module for each family of endpoints. What a request means is decided in request.py."""
