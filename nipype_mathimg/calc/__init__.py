"""Where formula, images and headers meet: the public functions."""
