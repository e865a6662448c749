"""How the work goes: how often flags are right, how long people wait, whether like is judged alike. Pure."""
