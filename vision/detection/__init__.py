"""Nets that look at pictures: the whole frame for persons, the crop of one person for details."""
