"""Grayordinates, vertices and parcels: CIFTI-2 and GIFTI in and out."""
