"""What a model learned, to be looked at. One look for all: `supervised.pictures.style`."""
