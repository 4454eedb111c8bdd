"""Tickets for cups, printed when somebody begins to make a drink; printing never holds up the bar."""
