"""Tickets: what is on the cup, printed when somebody begins to make it; printing never holds up the bar."""
