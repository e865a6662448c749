"""How the shipped nets are made: fetch, prepare, train, export, evaluate, publish."""
