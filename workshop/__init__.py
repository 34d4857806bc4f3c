"""The front door: the command line, run folders, progress, the window's event loop."""
