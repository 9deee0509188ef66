"""What fails around the application: power, disk, database, mail. People lose nothing that was acknowledged."""
