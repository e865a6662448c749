"""Files of leave, cover and time clock stamps: bytes in, facts and faults row by row out. Nothing is stored here."""
