"""Rules without Flask and without SQL: what is counted, compared, folded and made."""
