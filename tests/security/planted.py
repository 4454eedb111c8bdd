"""What is known about one customer, and must turn up nowhere else."""

PHONE, ADDRESS, NAME, TYPED = (
    "+351912345678",
    "alice.secret@example.org",
    "Alicia Planted",
    "call 0151 2345678",
)
