"""The running desk: composition root, channels, turns, postman, HTTP and command line."""
