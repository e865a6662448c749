"""Turn answers over time into events. Pure: no pictures, no database, no wall clock."""
