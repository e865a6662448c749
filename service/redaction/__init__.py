"""Clips and pictures in which everybody but whom they are about is made unrecognisable."""
