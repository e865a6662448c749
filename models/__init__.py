"""Weights, their catalogue and cards, and the code that trains and evaluates them."""
