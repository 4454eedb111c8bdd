"""Extensions: apps of subscribers and pages of their own. Any folder here can be deleted."""
