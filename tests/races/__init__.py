"""Many acts at the same instant: of fifty that want one thing, one gets it."""
